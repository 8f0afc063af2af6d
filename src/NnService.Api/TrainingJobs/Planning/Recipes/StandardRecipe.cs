using NnService.Engine;
using NnService.Engine.Activations;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Layers;
using NnService.Engine.Layers.Embeddings;
using NnService.Engine.Optimizers;
using NnService.Engine.Training;

namespace NnService.Api.TrainingJobs.Planning.Recipes;

/// <summary>Sixteen networks in one, with embedded numbers where there are rows enough.</summary>
internal class StandardRecipe : JobRecipe
{
    private const int UsualMembers = 16;
    private const int MembersOfWideTables = 8;
    private const int WideTable = 500; // inputs
    private const double DropoutRate = 0.1;
    private const double DropoutRateOfManyColumns = 0.2; // of the inputs too
    private const int FewRows = 500;
    private const int FewRowsOfTwoLabels = 1000;
    private const int EmbeddedRows = FewRows; // in fewer, bins are learnt by heart
    private const int EmbeddedNumbers = 256; // of a row, at the most; more of them cost more than they tell
    private const int WidestEmbedding = 16;
    private const int NarrowestEmbedding = 4;
    private const int VeryManyColumns = 200;
    private const int ManyRows = 10_000;
    private const double EpochsTimesRootOfRows = 7_500; // 60 epochs of 15,600 rows
    private const int FewestEpochs = 10;
    private const int MostEpochs = 300;
    private const int EpochsOfFewRows = 600;

    /// <summary>
    /// Members of two hidden layers with dropout. Numbers are embedded piecewise linearly, each the narrower the more there are of them. Hundreds of number
    /// columns (pixels, spectra) say much the same thing many times over: some inputs are dropped instead.
    /// </summary>
    public override NetworkSpec Network(TableSize table) => Network(table, FirstLayer(table), Hidden(table));

    /// <inheritdoc />
    public override int BatchSize(int rows) => rows < 2000 ? 32 : rows < ManyRows ? 64 : rows < 4 * ManyRows ? 128 : 256;

    /// <summary>Slow, and with more decay, where rows are so few that all of them are soon learnt by heart; labels sooner than numbers, and two labels sooner than
    /// many.</summary>
    public override OptimizerSpec Optimizer(TaskKind task, int rows, int batchSize) =>
        rows < (task == TaskKind.BinaryClassification ? FewRowsOfTwoLabels : FewRows)
            ? new AdamWSpec { LearningRate = task == TaskKind.Regression ? 0.001 : 0.0005, WeightDecay = 0.01 }
            : new AdamWSpec { LearningRate = 0.002, WeightDecay = 0.0003 };

    /// <summary>Fewer for longer tables, but so that more rows are seen in all. An epoch of few rows is few steps, and a regression needs more of them.</summary>
    public override int Epochs(TaskKind task, int rows) => task == TaskKind.Regression && rows < FewRows ? EpochsOfFewRows
        : (int)Math.Clamp(EpochsTimesRootOfRows / Math.Sqrt(rows), FewestEpochs, MostEpochs);

    /// <inheritdoc />
    public override int Patience(int epochs) => Math.Max(new EarlyStoppingSpec().Patience, epochs / 4);

    /// <summary>Members of some hidden layers with dropout.</summary>
    protected static NetworkSpec Network(TableSize table, LayerSpec? first, IReadOnlyList<int> hidden)
    {
        var layers = new List<LayerSpec>();
        if (first is not null)
            layers.Add(first);
        foreach (var width in hidden)
        {
            layers.Add(new DenseSpec { Units = width, Activation = new ReluSpec() });
            layers.Add(new DropoutSpec { Rate = HasManyColumns(table) ? DropoutRateOfManyColumns : DropoutRate });
        }

        layers.Add(OutputLayer(table));
        return new NetworkSpec { Members = table.Inputs > WideTable ? MembersOfWideTables : UsualMembers, Layers = layers };
    }

    /// <summary>What the first hidden layer stands behind; null: nothing.</summary>
    protected static LayerSpec? FirstLayer(TableSize table) =>
        EmbeddingWidth(table) is > 0 and var units ? new PiecewiseLinearSpec { Units = units }
            : HasManyColumns(table) ? new DropoutSpec { Rate = DropoutRateOfManyColumns }
            : null;

    /// <summary>Units of the hidden layers.</summary>
    protected static int[] Hidden(TableSize table) => HasManyColumns(table) ? [512, 256] : [table.Rows < ManyRows ? 128 : 256, 128];

    private static bool HasManyColumns(TableSize table) => table.NumberColumns > VeryManyColumns;

    /// <summary>Units for each number; 0: numbers are not embedded.</summary>
    protected static int EmbeddingWidth(TableSize table) =>
        table.NumberColumns == 0 || table.Rows < EmbeddedRows || table.NumberColumns * NarrowestEmbedding > EmbeddedNumbers ? 0
            : Math.Clamp(EmbeddedNumbers / table.NumberColumns, NarrowestEmbedding, WidestEmbedding);
}
