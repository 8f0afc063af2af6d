using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using NnService.Api.TrainingJobs.Running;
using NnService.Engine;
using NnService.Engine.Data;
using NnService.Engine.Kernels;
using NnService.Engine.Training;

namespace NnService.Api.TrainingJobs.Planning;

/// <summary>What a job will take, from a fifth of a second of its own steps on its own rows.</summary>
/// <param name="MemoryBytes">Beside what the service needs anyway: the encoded rows, a piece of the table at a time, parameters and the optimizer's
/// state.</param>
/// <param name="Seconds">Training through all epochs, or maxSeconds where that is less, baselines and metrics included.</param>
internal sealed record JobEstimate(long MemoryBytes, double Seconds)
{
    private const int TrialSteps = 16; // minibatches that are encoded for the trial
    private const double WarmSeconds = 0.05;
    private const double TrialSeconds = 0.15;
    private const long BytesAroundARow = 96; // its place in the split, its hash, its target, a few answers and their sorted copies
    private const int FewAnswers = 8;

    /// <summary>The estimate.</summary>
    public static JobEstimate Of(TrainingPlan plan, Table table, TrainingThreads threads) =>
        plan.Configuration.Precision == Precision.Float32 ? Of<float>(plan, table, threads) : Of<double>(plan, table, threads);

    /// <summary>The memory alone, which needs no trial.</summary>
    public static long BytesOf(TrainingPlan plan, Table table) =>
        plan.Configuration.Precision == Precision.Float32 ? BytesOf<float>(plan, table) : BytesOf<double>(plan, table);

    private static JobEstimate Of<T>(TrainingPlan plan, Table table, TrainingThreads threads)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var team = threads.PerJob > 1 ? new Team(threads.PerJob) : null;
        var steps = plan.Networks.Select(network => StepSeconds<T>(network, table, team)).ToList();
        var training = steps.Sum(step => TrainingSeconds(plan, step));
        var evaluation = EvaluationEstimate.Of(plan, steps.Average() / plan.Configuration.BatchSize!.Value);
        return new JobEstimate(BytesOf<T>(plan, table), Math.Min(training, plan.Configuration.MaxSeconds ?? double.MaxValue) + evaluation.Seconds);
    }

    private static double TrainingSeconds(TrainingPlan plan, double step)
    {
        var configuration = plan.Configuration;
        var (train, validation) = (plan.Split.Train.Length, plan.Split.Validation.Length);
        var perRow = step / configuration.BatchSize!.Value;
        double steps = configuration.StepsPerEpoch ?? (train + configuration.BatchSize.Value - 1) / configuration.BatchSize.Value;
        double looks = configuration.EarlyStopping!.Patience > 0 ? 1 : 1.0 / configuration.HistoryEvery!.Value;
        var lookedAt = validation + (configuration.HistoryLoss == HistoryLoss.Exact ? train : 0);
        return configuration.Epochs!.Value * ((steps * step) + (looks * lookedAt * perRow * EvaluationEstimate.ForwardShare));
    }

    // The job's own network, optimizer and minibatches, on a few of its rows.
    private static double StepSeconds<T>(TrainingPlan plan, Table table, Team? team)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var trial = plan with
        {
            Configuration = plan.Configuration with
            {
                Epochs = int.MaxValue,
                StepsPerEpoch = TrialSteps,
                EarlyStopping = new EarlyStoppingSpec { Patience = 0 },
                HistoryLoss = HistoryLoss.Running,
                HistoryEvery = int.MaxValue,
                Schedule = new Engine.Schedules.ConstantScheduleSpec(),
            },
        };
        var rows = (int)Math.Min(plan.Split.Train.Length, (long)plan.Configuration.BatchSize!.Value * TrialSteps);
        var samples = plan.EncoderOn(table).Encode<T>(table, plan.Split.Train[..rows]);
        var control = new TrainingControl();
        var (begin, from, steps, to) = (Stopwatch.GetTimestamp(), 0L, 0L, 0L);
        var trainer = TrainerFactory.Create(trial, samples, null, team, _ =>
        {
            var now = Stopwatch.GetTimestamp();
            if (from == 0)
                from = Stopwatch.GetElapsedTime(begin, now).TotalSeconds > WarmSeconds ? now : 0;
            else
                (steps, to) = (steps + 1, now);
            if (to != 0 && Stopwatch.GetElapsedTime(from, to).TotalSeconds > TrialSeconds)
                control.Ask(TrainingRequest.Stop);
        });
        begin = Stopwatch.GetTimestamp();
        trainer.Run(null, control);
        return steps == 0 ? Stopwatch.GetElapsedTime(begin).TotalSeconds : Stopwatch.GetElapsedTime(from, to).TotalSeconds / steps; // none: it diverged at once
    }

    // The largest network while it is trained, and those that are finished.
    private static long BytesOf<T>(TrainingPlan plan, Table table)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var networks = plan.Networks;
        var finished = (networks.Sum(network => network.ParameterCount) - networks[^1].ParameterCount) * Unsafe.SizeOf<T>();
        return finished + networks.Max(network => BytesOfOne<T>(network, table));
    }

    private static long BytesOfOne<T>(TrainingPlan plan, Table table)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var configuration = plan.Configuration;
        long rows = plan.Split.Train.Length + plan.Split.Validation.Length;
        var vectors = 2 + configuration.Optimizer!.Build<T>(1).Vectors.Count + (configuration.EarlyStopping!.Patience > 0 ? 1 : 0);
        var batches = configuration.BatchSize!.Value * (NumbersAtOnce(plan) + plan.Features.Width);
        var linear = Math.Min(LinearFit.MostParameters, (plan.Features.Width + 1L) * plan.Outputs) * 22 * sizeof(double);
        var gradients = plan.ParameterCount * (EnsembleDivision.Of(plan.Network, configuration.BatchSize.Value).Gradients - 1); // beside that of every network
        var saved = plan.ParameterCount * vectors * 2; // once more for a checkpoint
        var numbers = (rows * (plan.Features.Layout.CompactWidth + plan.Outputs)) + saved + gradients + batches;
        var piece = (long)Math.Min(table.Rows, table.RowsPerSlice) * table.Columns.Count * sizeof(double);
        var answers = (long)table.Rows * Math.Max(0, plan.Outputs - FewAnswers) * sizeof(double); // of thousands of classes they take more than all else
        return (numbers * Unsafe.SizeOf<T>()) + linear + piece + answers + ((long)table.Rows * BytesAroundARow);
    }

    // Numbers that a row leaves in the layers of a step; of an ensemble in those of the members that are taken at once.
    private static long NumbersAtOnce(TrainingPlan plan)
    {
        var shape = NetworkShape.Of(plan.Network, plan.Features.InputLayout(), plan.Outputs);
        return shape.NumbersPerRow(EnsembleDivision.Of(plan.Network, plan.Configuration.BatchSize!.Value).MembersAtOnce(plan.Network.MemberCount))!.Value;
    }
}
