using NnService.Engine;
using NnService.Engine.Activations;
using NnService.Engine.Data.Columns;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Layers;
using NnService.Engine.Optimizers;
using NnService.Engine.Schedules;
using NnService.Engine.Training;

namespace NnService.Api.TrainingJobs.Planning;

/// <summary>What a job does where it is not told otherwise: one recipe whose sizes follow from those of the table (decision 25).</summary>
internal static class DefaultRecipe
{
    private const double DropoutRate = 0.1;
    private const double InputDropoutRate = 0.3;
    private const int ManyInputs = 50;
    private const int VeryManyColumns = 200;
    private const int ManyRows = 10_000;
    private const int SmallBatchRows = 5000;
    private const double RowVisits = 600_000;
    private const int FewestEpochs = 15;
    private const int MostEpochs = 200;
    private const double ExtremeImbalance = 20;

    /// <summary>
    /// Two hidden layers, wider for wide or long tables. Where the rows are few for the parameters, dropout; where they are many, the first layer is
    /// normalised, so that a
    /// row with one absurd value does not get an absurd answer. Hundreds of number columns (pixels, spectra) say much the same thing many times over: some
    /// inputs are dropped.
    /// </summary>
    public static NetworkSpec Network(TaskKind task, FeatureEncoding features, int outputs, int rows)
    {
        var inputs = features.Width;
        var width = inputs > ManyInputs || rows >= ManyRows ? 128 : 64;
        int[] hidden = [width, Math.Max(width / 2, Math.Min(width, outputs))];
        var parameters = ((inputs + 1L) * hidden[0]) + ((hidden[0] + 1L) * hidden[1]) + ((hidden[1] + 1L) * outputs);
        var isShort = parameters > rows / 2;
        var layers = new List<LayerSpec>();
        if (isShort && features.Columns.Count(column => column.Type == ColumnType.Number) > VeryManyColumns)
            layers.Add(new DropoutSpec { Rate = InputDropoutRate });
        foreach (var units in hidden)
        {
            layers.Add(new DenseSpec { Units = units, Activation = new ReluSpec() });
            if (!isShort && layers.Count == 1)
                layers.Add(new LayerNormalizationSpec());
            if (isShort)
                layers.Add(new DropoutSpec { Rate = DropoutRate });
        }

        ActivationSpec last = task == TaskKind.Regression ? new LinearSpec() : outputs == 1 ? new SigmoidSpec() : new SoftmaxSpec();
        layers.Add(new DenseSpec { Units = outputs, Activation = last });
        return new NetworkSpec { Layers = layers }; // its inputs are the encoding's, which another seed may change with the rows of the training part
    }

    /// <summary>Small minibatches for small tables, whose noise helps; large ones where there are rows enough.</summary>
    public static int BatchSize(int rows) => rows < SmallBatchRows ? 32 : rows < 4 * ManyRows ? 128 : 256;

    /// <summary>The optimizer; its rate grows with the minibatch.</summary>
    public static OptimizerSpec Optimizer(int batchSize) => new AdamWSpec { LearningRate = batchSize < 256 ? 0.001 : 0.002 };

    /// <summary>With an optimizer of our own choice the rate falls to 0 over the epochs; a job that names an optimizer keeps its learning rate
    /// constant.</summary>
    public static ScheduleSpec Schedule(bool isOwnOptimizer) => isOwnOptimizer ? new CosineScheduleSpec() : new ConstantScheduleSpec();

    /// <summary>So many that all epochs together see about the same number of rows.</summary>
    public static int Epochs(int rows) => (int)Math.Clamp(RowVisits / rows, FewestEpochs, MostEpochs);

    /// <summary>Early stopping by the validation part, not before the falling rate has had its turn; off where there is no such part.</summary>
    public static EarlyStoppingSpec EarlyStopping(bool hasValidation, int epochs) =>
        new() { Patience = hasValidation ? Math.Clamp(epochs / 2, new EarlyStoppingSpec().Patience, 100) : 0, Ties = EqualEpochs.Last };

    /// <summary>
    /// Weights for classes of very unequal size: 1 / √(rows of the class), scaled to a mean of 1 over the rows. Null where the largest class has less than 20
    /// times
    /// the rows of the smallest. The square root lets rare classes be heard without drowning the frequent ones, as full balance would.
    /// </summary>
    /// <param name="counts">Training rows of each label.</param>
    public static double[]? ClassWeights(IReadOnlyList<int> counts)
    {
        var present = counts.Where(count => count > 0).ToList();
        if (present.Count < 2 || present.Max() < ExtremeImbalance * present.Min())
            return null;
        var scale = present.Sum() / present.Sum(count => Math.Sqrt(count));
        return [.. counts.Select(count => count == 0 ? 1 : Math.Round(scale / Math.Sqrt(count), 4))];
    }
}
