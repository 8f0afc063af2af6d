using NnService.Engine;
using NnService.Engine.Activations;
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
    private const double InputDropoutRate = 0.3;
    private const int EmbeddedRows = 500; // in fewer, bins are learnt by heart
    private const int EmbeddedNumbers = 256; // of a row, at the most; more of them cost more than they tell
    private const int WidestEmbedding = 16;
    private const int NarrowestEmbedding = 4;
    private const int VeryManyColumns = 200;
    private const int ManyRows = 10_000;
    private const double EpochsTimesRootOfRows = 7_500; // 60 epochs of 15,600 rows
    private const int FewestEpochs = 10;
    private const int MostEpochs = 300;

    /// <summary>
    /// Members of two hidden layers with dropout. Numbers are embedded piecewise linearly, each the narrower the more there are of them. Hundreds of number
    /// columns (pixels, spectra) say much the same thing many times over: some inputs are dropped instead.
    /// </summary>
    public override NetworkSpec Network(TableSize table)
    {
        var layers = new List<LayerSpec>();
        if (EmbeddingWidth(table) is > 0 and var units)
            layers.Add(new PiecewiseLinearSpec { Units = units });
        else if (table.NumberColumns > VeryManyColumns)
            layers.Add(new DropoutSpec { Rate = InputDropoutRate });
        foreach (var width in new[] { table.Rows < ManyRows ? 128 : 256, 128 })
        {
            layers.Add(new DenseSpec { Units = width, Activation = new ReluSpec() });
            layers.Add(new DropoutSpec { Rate = DropoutRate });
        }

        layers.Add(OutputLayer(table));
        return new NetworkSpec { Members = table.Inputs > WideTable ? MembersOfWideTables : UsualMembers, Layers = layers };
    }

    /// <inheritdoc />
    public override int BatchSize(int rows) => rows < 2000 ? 32 : rows < ManyRows ? 64 : rows < 4 * ManyRows ? 128 : 256;

    /// <inheritdoc />
    public override OptimizerSpec Optimizer(int batchSize) => new AdamWSpec { LearningRate = 0.002, WeightDecay = 0.0003 };

    /// <summary>Fewer for longer tables, but so that more rows are seen in all.</summary>
    public override int Epochs(int rows) => (int)Math.Clamp(EpochsTimesRootOfRows / Math.Sqrt(rows), FewestEpochs, MostEpochs);

    /// <inheritdoc />
    public override int Patience(int epochs) => Math.Max(new EarlyStoppingSpec().Patience, epochs / 4);

    private static int EmbeddingWidth(TableSize table) =>
        table.NumberColumns == 0 || table.Rows < EmbeddedRows || table.NumberColumns * NarrowestEmbedding > EmbeddedNumbers ? 0
            : Math.Clamp(EmbeddedNumbers / table.NumberColumns, NarrowestEmbedding, WidestEmbedding);
}
