using NnService.Engine;
using NnService.Engine.Activations;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Layers;
using NnService.Engine.Optimizers;
using NnService.Engine.Training;

namespace NnService.Api.TrainingJobs.Planning.Recipes;

/// <summary>One network of two hidden layers.</summary>
internal sealed class FastRecipe : JobRecipe
{
    private const double DropoutRate = 0.1;
    private const double InputDropoutRate = 0.3;
    private const int ManyInputs = 50;
    private const int VeryManyColumns = 200;
    private const int ManyRows = 10_000;
    private const int SmallBatchRows = 5000;
    private const double RowVisits = 1_800_000;
    private const int FewestEpochs = 15;
    private const int MostEpochs = 400;
    private const int MostPatience = 100;

    /// <summary>
    /// Two hidden layers, wider for wide tables, and twice as wide for long ones and for numbers to predict. Where the rows are few, dropout; where they are
    /// many, the first layer is normalised, so that a row with one absurd value does not get an absurd answer. Hundreds of number columns (pixels, spectra)
    /// say much the same thing many times over: some inputs are dropped.
    /// </summary>
    public override NetworkSpec Network(TableSize table)
    {
        var (inputs, outputs, isLong) = (table.Inputs, table.Outputs, table.Rows >= ManyRows);
        var width = (inputs > ManyInputs || isLong ? 128 : 64) * (isLong || table.Task == TaskKind.Regression ? 2 : 1);
        int[] hidden = [width, Math.Max(width / 2, Math.Min(width, outputs))];
        var parameters = ((inputs + 1L) * hidden[0]) + ((hidden[0] + 1L) * hidden[1]) + ((hidden[1] + 1L) * outputs);
        var drops = !isLong && parameters > table.Rows / 2;
        var layers = new List<LayerSpec>();
        if (parameters > table.Rows / 2 && table.NumberColumns > VeryManyColumns)
            layers.Add(new DropoutSpec { Rate = InputDropoutRate });
        for (var i = 0; i < hidden.Length; i++)
        {
            layers.Add(new DenseSpec { Units = hidden[i], Activation = new ReluSpec() });
            if (!drops && i == 0)
                layers.Add(new LayerNormalizationSpec());
            if (drops)
                layers.Add(new DropoutSpec { Rate = DropoutRate });
        }

        layers.Add(OutputLayer(table));
        return new NetworkSpec { Layers = layers }; // its inputs are the encoding's, which another seed may change with the rows of the training part
    }

    /// <summary>Small minibatches for small tables, whose noise helps; large ones where there are rows enough.</summary>
    public override int BatchSize(int rows) => rows < SmallBatchRows ? 32 : rows < 4 * ManyRows ? 128 : 256;

    /// <summary>The rate grows with the minibatch.</summary>
    public override OptimizerSpec Optimizer(TaskKind task, int rows, int batchSize) => new AdamWSpec { LearningRate = batchSize < 256 ? 0.001 : 0.002 };

    /// <summary>So many that all epochs together see about the same number of rows.</summary>
    public override int Epochs(TaskKind task, int rows) => (int)Math.Clamp(RowVisits / rows, FewestEpochs, MostEpochs);

    /// <summary>Not before the falling rate has had its turn.</summary>
    public override int Patience(int epochs) => Math.Clamp(epochs / 2, new EarlyStoppingSpec().Patience, MostPatience);
}
