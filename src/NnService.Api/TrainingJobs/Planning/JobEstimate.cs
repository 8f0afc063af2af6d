using System.Diagnostics;
using System.Numerics;
using NnService.Api.TrainingJobs.Running;
using NnService.Engine;
using NnService.Engine.Data;
using NnService.Engine.Kernels;
using NnService.Engine.Training;

namespace NnService.Api.TrainingJobs.Planning;

/// <summary>What a job will take, from a fifth of a second of its own steps on its own rows.</summary>
/// <param name="MemoryBytes">As of <see cref="JobMemory"/>.</param>
/// <param name="Seconds">Training through all epochs, or maxSeconds where that is less, baselines and metrics included.</param>
internal sealed record JobEstimate(long MemoryBytes, double Seconds)
{
    private const int TrialSteps = 16; // minibatches that are encoded for the trial
    private const double WarmSeconds = 0.05;
    private const double TrialSeconds = 0.15;
    private const double FileBytesPerSecond = 1.5e9; // of encoded rows, where the system has some of them in memory
    private const int FilePasses = 3; // of an epoch: read, written in its order, read again

    /// <summary>The estimate.</summary>
    public static JobEstimate Of(TrainingPlan plan, Table table, JobMemory memory, TrainingThreads threads) =>
        plan.Configuration.Precision == Precision.Float32 ? Of<float>(plan, table, memory, threads) : Of<double>(plan, table, memory, threads);

    private static JobEstimate Of<T>(TrainingPlan plan, Table table, JobMemory memory, TrainingThreads threads)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var team = threads.PerJob > 1 ? new Team(threads.PerJob) : null;
        var steps = plan.Networks.Select(network => StepSeconds<T>(network, table, memory, team)).ToList();
        var training = steps.Sum(step => TrainingSeconds(plan, step) + FileSeconds(plan, memory));
        var evaluation = EvaluationEstimate.Of(plan, steps.Average() / plan.Configuration.BatchSize!.Value);
        return new JobEstimate(memory.Bytes, Math.Min(training, plan.Configuration.MaxSeconds ?? double.MaxValue) + evaluation.Seconds);
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

    private static double FileSeconds(TrainingPlan plan, JobMemory memory)
    {
        var passes = FilePasses + (plan.Configuration.HistoryLoss == HistoryLoss.Exact ? 1 : 0);
        return memory.WindowBytes is null ? 0 : plan.Configuration.Epochs!.Value * (double)passes * memory.RowBytes / FileBytesPerSecond;
    }

    // The job's own network, optimizer and minibatches, on a few of its rows.
    private static double StepSeconds<T>(TrainingPlan plan, Table table, JobMemory memory, Team? team)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var trial = plan with
        {
            Configuration = plan.Configuration with
            {
                Epochs = int.MaxValue,
                StepsPerEpoch = TrialSteps,
                EarlyStopping = new EarlyStoppingSpec { Patience = 0, RestoreBest = false },
                HistoryLoss = HistoryLoss.Running,
                HistoryEvery = int.MaxValue,
                Schedule = new Engine.Schedules.ConstantScheduleSpec(),
            },
        };
        var encoder = plan.EncoderOn(table);
        var rows = (int)Math.Min(plan.Split.Train.Length, (long)plan.Configuration.BatchSize!.Value * TrialSteps);
        if (memory.WindowBytes is { } window)
            rows = (int)Math.Min(rows, Math.Max(window / encoder.BytesOf<T>(1), plan.Configuration.BatchSize.Value));
        var samples = encoder.Encode<T>(table, plan.Split.Train[..rows]);
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
}
