using NnService.Engine;
using NnService.Engine.Activations;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Layers;
using NnService.Engine.Optimizers;
using NnService.Engine.Schedules;
using NnService.Engine.Training;

namespace NnService.Api.TrainingJobs.Planning.Recipes;

/// <summary>What a job does where it is not told otherwise; the sizes follow from those of the table (decision 59).</summary>
internal abstract class JobRecipe
{
    private static readonly JobRecipe s_fast = new FastRecipe();
    private static readonly JobRecipe s_standard = new StandardRecipe();
    private static readonly JobRecipe s_best = new BestRecipe();

    /// <summary>Of a job. A network that is named is trained as it is: what an ensemble needs is not for it.</summary>
    public static JobRecipe Of(PlanRequest request) =>
        request.Network is not null ? s_fast : request.Asked.Recipe switch
        {
            Recipe.Fast => s_fast,
            Recipe.Best => s_best,
            _ => s_standard,
        };

    /// <summary>The network.</summary>
    public abstract NetworkSpec Network(TableSize table);

    /// <summary>Networks that are trained after it, to answer together with it.</summary>
    public virtual IReadOnlyList<NetworkSpec> Others(TableSize table) => [];

    /// <summary>Rows of a minibatch.</summary>
    public abstract int BatchSize(int rows);

    /// <summary>The optimizer.</summary>
    public abstract OptimizerSpec Optimizer(TaskKind task, int rows, int batchSize);

    /// <summary>Epochs at the most.</summary>
    public abstract int Epochs(TaskKind task, int rows);

    /// <summary>Epochs without improvement after which a run ends that has a validation part.</summary>
    public abstract int Patience(int epochs);

    /// <summary>With an optimizer of our own choice the rate falls to 0 over the epochs; a job that names an optimizer keeps its learning rate
    /// constant.</summary>
    public static ScheduleSpec Schedule(bool isOwnOptimizer) => isOwnOptimizer ? new CosineScheduleSpec() : new ConstantScheduleSpec();

    /// <summary>Early stopping by the validation part; off where there is no such part.</summary>
    public EarlyStoppingSpec EarlyStopping(bool hasValidation, int epochs) =>
        new() { Patience = hasValidation ? Patience(epochs) : 0, Ties = EqualEpochs.Last };

    /// <summary>The last layer.</summary>
    protected static LayerSpec OutputLayer(TableSize table) => new DenseSpec
    {
        Units = table.Outputs,
        Activation = table.Task == TaskKind.Regression ? new LinearSpec() : table.Outputs == 1 ? new SigmoidSpec() : new SoftmaxSpec(),
    };
}
