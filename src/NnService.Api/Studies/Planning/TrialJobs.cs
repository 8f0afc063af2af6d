using System.Text.Json;
using System.Text.Json.Nodes;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Models;
using NnService.Api.TrainingJobs.Planning;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Data.Splits;
using NnService.Engine.Specs;
using NnService.Engine.Training;

namespace NnService.Api.Studies.Planning;

/// <summary>The jobs of a study, each a function of what is saved with the study and of the trial's number.</summary>
internal static class TrialJobs
{
    // Whose members all have a default of their own, so that one alone can be given; of the others what the job would choose is taken as a whole.
    private static readonly string[] s_freestanding = ["preprocessing", "split"];

    // What a recipe chooses together with its network; a job that names a network gets it of another recipe.
    private static readonly string[] s_ofNetwork = ["ensemble", "optimizer", "schedule", "batchSize", "epochs", "earlyStopping"];

    /// <summary>A search's job as asked for, with what the search looks into filled in as the plan has it.</summary>
    /// <param name="request">The study's request.</param>
    /// <param name="plan">The plan of the job as asked for.</param>
    public static JsonObject SearchBase(StudyRequest request, TrainingPlan plan)
    {
        var job = JsonOf(request.Job!);
        var resolved = JsonOf(plan.Configuration);
        resolved["network"] = Stripped(JsonSerializer.SerializeToNode(plan.Network, SpecJson.Options)!);
        foreach (var pointer in request.Search!.Keys.Select(text => JobPointer.Of(text)!))
        {
            var member = pointer.Member;
            if (pointer.IsDeep && job[member] is not JsonObject and not JsonArray && !s_freestanding.Contains(member) && resolved[member] is { } chosen)
            {
                job[member] = chosen.DeepClone();
                if (member == "network")
                    FillIn(job, resolved, s_ofNetwork);
            }

            if (member == "optimizer" && request.Job!.Optimizer is null && job["schedule"] is null)
                job["schedule"] = resolved["schedule"]?.DeepClone(); // of the choice that the optimizer belongs to
        }

        return job;
    }

    private static void FillIn(JsonObject job, JsonObject resolved, IEnumerable<string> members)
    {
        foreach (var member in members)
            if (job[member] is null && resolved[member] is { } chosen)
                job[member] = chosen.DeepClone();
    }

    /// <summary>What a trial of a search draws, by pointer.</summary>
    public static JsonObject Draw(StudyRequest request, int trial)
    {
        var drawn = new JsonObject();
        foreach (var (pointer, space) in request.Search!.OrderBy(field => field.Key, StringComparer.Ordinal))
            drawn[pointer] = SearchDraws.Of(space, pointer, request.Seed!.Value, trial);
        return drawn;
    }

    /// <summary>The job of a search's trial; refused where the values that were drawn do not go together.</summary>
    public static Outcome<TrainingConfiguration> OfTrial(StudyRequest request, string baseJob, JsonObject drawn, string model)
    {
        var job = JsonNode.Parse(baseJob)!.AsObject();
        RulesOfThen.Say(job);
        foreach (var (pointer, value) in drawn)
            if (JobPointer.Of(pointer)!.Put(job, value) is { } noPlace)
                return Refusal.Result(400, $"{pointer}: {noPlace}");
        try
        {
            var configuration = job.Deserialize<TrainingConfiguration>(SpecJson.Options)! with { Model = model };
            return request.Method == SearchMethod.SuccessiveHalving ? configuration with { HistoryEvery = 1 } : configuration;
        }
        catch (JsonException unfit)
        {
            return new ProblemResult(JsonRefusal.From(unfit).Problem);
        }
    }

    /// <summary>The place of each trial in a cross-validation.</summary>
    public static JsonObject FoldOf(StudyRequest request, int trial) =>
        new() { ["fold"] = trial % request.Folds!.Value, ["repeat"] = trial / request.Folds.Value };

    /// <summary>The job of a fold.</summary>
    public static TrainingConfiguration OfFold(StudyRequest request, int trial, string model) => request.Job! with
    {
        Model = model,
        Seed = request.Seed,
        Preprocessing = request.Keep == StudyKeep.Ensemble
            ? (request.Job.Preprocessing ?? new PreprocessingSpec()) with { FitOn = FittedRows.All } : request.Job.Preprocessing,
        Split = new SplitSpec
        {
            Folds = request.Folds,
            Fold = trial % request.Folds!.Value,
            Repeat = trial / request.Folds.Value,
            Validation = request.Job.Split?.Validation,
            GroupBy = request.Job.Split?.GroupBy,
        },
    };

    /// <summary>A job with all rows as training rows.</summary>
    public static TrainingConfiguration Whole(TrainingConfiguration job) => job with
    {
        Split = new SplitSpec { Train = 1, Validation = 0, Test = 0, GroupBy = job.Split?.GroupBy }, // the column of groups is no feature here either
        EarlyStopping = new EarlyStoppingSpec { Patience = 0 },
    };

    /// <summary>The job once more on all rows: the network that the folds have measured, trained as theirs were, until it has learnt as much.</summary>
    /// <param name="request">The study's request.</param>
    /// <param name="epochs">The epochs that the folds' models are of; null: as many as the folds' jobs say.</param>
    /// <param name="fold">A fold's configuration in full; null: what is not asked for is chosen again, by the number of all rows.</param>
    public static TrainingConfiguration OfRefit(StudyRequest request, int? epochs, TrainingConfiguration? fold)
    {
        var job = request.Job!;
        // A schedule that falls over fewer epochs falls sooner: in as many it would learn half as much.
        if (epochs is { } first && fold is { Epochs: { } all, Schedule: { } schedule, Optimizer: { } optimizer })
            epochs = schedule.EpochsOfEqualRates(optimizer.LearningRate, all, first);
        return Whole(job) with
        {
            Model = request.Model,
            Seed = request.Seed,
            Network = job.Network ?? fold?.Network,
            Ensemble = job.Ensemble ?? fold?.Ensemble,
            Optimizer = job.Optimizer ?? fold?.Optimizer,
            Schedule = job.Schedule ?? fold?.Schedule,
            BatchSize = job.BatchSize ?? fold?.BatchSize,
            Epochs = epochs ?? job.Epochs ?? fold?.Epochs,
        };
    }

    /// <summary>What is wrong with a field of the search, tried with its extremes; null: nothing.</summary>
    public static SpecProblem? Problem(JsonObject baseJob, string pointer, SearchSpace space)
    {
        var at = StudyRules.At(pointer);
        foreach (var value in SearchDraws.Extremes(space))
        {
            var job = baseJob.DeepClone().AsObject();
            if (JobPointer.Of(pointer)!.Put(job, value) is { } noPlace)
                return new SpecProblem(at, noPlace);
            try
            {
                var configuration = job.Deserialize<TrainingConfiguration>(WireJson.Options)!;
                var problems = NullElements.In(configuration).Concat(SpecCheck.Problems(configuration)).Concat(configuration.Network?.Spec?.Problems() ?? []);
                if (problems.FirstOrDefault() is { } problem)
                    return new SpecProblem(at, $"With {Text(value)}: {problem.Detail}");
            }
            catch (JsonException unfit)
            {
                return new SpecProblem(at, $"With {Text(value)}: {JsonRefusal.From(unfit).Problem.Detail}");
            }
        }

        return null;
    }

    private static string Text(JsonNode? value) => Echo.Cut(value?.ToJsonString(SpecJson.Options) ?? "nothing");

    private static JsonObject JsonOf(TrainingConfiguration job) => Stripped(JsonSerializer.SerializeToNode(job, SpecJson.Options)!).AsObject();

    /// <summary>Without members that are null, which is the same as left out.</summary>
    public static JsonNode Stripped(JsonNode node)
    {
        if (node is JsonObject whole)
            foreach (var (name, value) in whole.ToList())
                if (value is null)
                    whole.Remove(name);
                else
                    Stripped(value);
        if (node is JsonArray list)
            foreach (var item in list.OfType<JsonNode>())
                Stripped(item);
        return node;
    }
}
