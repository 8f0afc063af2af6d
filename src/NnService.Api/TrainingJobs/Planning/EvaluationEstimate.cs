using NnService.Engine;
using NnService.Engine.Training;
using NnService.Engine.Training.Importance;

namespace NnService.Api.TrainingJobs.Planning;

/// <summary>How long the baselines and metrics of a job take, roughly.</summary>
/// <param name="BaselineSeconds">Of the linear baseline.</param>
/// <param name="Rows">Rows that the model is measured on.</param>
/// <param name="RowSeconds">Of the model's answer to one of them.</param>
/// <param name="IntervalSeconds">Of the intervals, and what is around all that.</param>
internal sealed record EvaluationEstimate(double BaselineSeconds, int Rows, double RowSeconds, double IntervalSeconds)
{
    /// <summary>What an answer costs of a training step: no backward pass, no optimizer.</summary>
    public const double ForwardShare = 0.4;

    private const double EncodingSeconds = 4e-9; // a number
    private const double LinearPasses = 120; // over the rows, as the linear baseline usually takes
    private const double OperationsPerSecond = 2.5e10; // of its products, on one core
    private const double BootstrapSeconds = 0.4; // its work is bounded
    private const double AroundSeconds = 0.1; // from the claim of a job to its first step, and from its last to the saved model
    private const double OverrunShare = 0.1;

    /// <summary>All of it.</summary>
    public double Seconds => BaselineSeconds + (Rows * RowSeconds) + IntervalSeconds;

    /// <summary>The estimate.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="visitSeconds">What training takes for one visit of a row. In small minibatches that is mostly the optimizer's work, so an answer counts by
    /// its products at the most.</param>
    public static EvaluationEstimate Of(TrainingPlan plan, double visitSeconds)
    {
        var (networks, multiplyAdds) = (plan.Networks.Count, MultiplyAdds(plan));
        var (train, validation, test) = (plan.Split.Train.Length, plan.Split.Validation.Length, plan.Split.Test.Length);
        return new EvaluationEstimate(
            Math.Min(LinearFit.MostOperations, train * (plan.Features.Width + 1.0) * plan.Outputs * 4 * LinearPasses) / OperationsPerSecond,
            train + (networks > 1 ? 2 : 1) * validation + test + ImportanceRows(plan), // several networks are asked about the validation part to choose from
            (plan.Features.Width * 2 * EncodingSeconds) + Math.Min(networks * visitSeconds * ForwardShare, 2.0 * multiplyAdds / OperationsPerSecond),
            (test > 0 ? BootstrapSeconds * Math.Min(1, test / 1000.0) : 0) + AroundSeconds);
    }

    private static long MultiplyAdds(TrainingPlan plan) =>
        plan.Networks.Sum(network => NetworkShape.Of(network.Network, plan.Features.InputLayout(), plan.Outputs).MultiplyAddsPerRow!.Value);

    /// <summary>Answers that the importance of a job takes; 0: it is not asked for, or there is none.</summary>
    public static int ImportanceRows(TrainingPlan plan)
    {
        if (plan.Configuration.Importance != true)
            return 0;
        var repeats = PermutationImportance.UsualRepeats;
        long rows = PermutationImportance.RowsFor(MultiplyAdds(plan), plan.Features, plan.Outputs, plan.Split.Test.Length, repeats);
        return (int)Math.Min(int.MaxValue / 2, rows * ((plan.Features.Columns.Count * repeats) + 1));
    }

    /// <summary>What is left of it: as estimated up to the first answers, and from there at their speed. Never nothing, for what is under way has not
    /// ended.</summary>
    /// <param name="elapsed">Seconds since it began.</param>
    /// <param name="sinceAnswers">Seconds since the model was first asked; null: it has not been.</param>
    /// <param name="answered">Rows answered since.</param>
    public double Rest(double elapsed, double? sinceAnswers, int answered)
    {
        var rest = answered > 0 && sinceAnswers is { } seconds ? ((Rows - answered) * seconds / answered) + IntervalSeconds : Seconds - elapsed;
        return Math.Max(rest, Math.Max(AroundSeconds, OverrunShare * elapsed));
    }
}
