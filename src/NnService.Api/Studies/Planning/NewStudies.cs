using System.Text.Json;
using System.Text.Json.Nodes;
using NnService.Api.Data;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Limits;
using NnService.Api.TrainingJobs.Planning;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Specs;

namespace NnService.Api.Studies.Planning;

/// <summary>Thinks new studies through: its job, every field of a search at its extremes, the first trial.</summary>
internal sealed class NewStudies(NewPlans plans, Database database, MemoryBudget memory, TimeProvider clock)
{
    private const string TrialSuffix = ".trials";
    private const long MostTriedBytes = 256 << 20; // read in half a minute
    private const int CopiesOfTriedJob = 3; // the job, the one that a value is put into, and what is read of that

    /// <summary>The study; refused with everything that is wrong.</summary>
    public Outcome<NewStudy> Of(StudyRequest asked)
    {
        if (StudyRules.Problems(asked) is { Count: > 0 } problems)
            return Refusal.Invalid(problems);
        StudySources sources;
        using (var db = database.Read())
            sources = StudySources.Of(db, asked);
        return asked.Kind == StudyKind.CrossValidation ? OfFolds(asked, sources) : OfSearch(asked, sources);
    }

    private Outcome<NewStudy> OfSearch(StudyRequest asked, StudySources sources)
    {
        if (plans.Of(asked.Job!).IsRefused(out var refusal, out var made))
            return Within(refusal, "/job");
        var (plan, _, _, dataset, initialModel, warnings) = made;
        var request = Resolved(asked, plan);
        if (Problems(request, plan) is { Count: > 0 } wrong)
            return Refusal.Invalid(wrong);
        var job = TrialJobs.SearchBase(request, plan);
        var text = job.ToJsonString(SpecJson.Options);
        if (TooMuchToTry(request.Search!, text.Length) is { } tooMuch)
            return Refusal.Invalid([tooMuch]);
        using var taken = memory.Reserve(
            text.Length * (long)(LongRequest.JsonBytes * CopiesOfTriedJob), StatusCodes.Status413PayloadTooLarge, "Send a smaller job");
        if (request.Search!.Select(field => TrialJobs.Problem(job, field.Key, field.Value)).OfType<SpecProblem>().ToList() is { Count: > 0 } unfit)
            return Refusal.Invalid(unfit);
        if (StudyMetric.Of(request.Metric!)!.Part == StudyMetric.Test)
            warnings = [.. warnings, "The test part chooses the best trial, so that its figures will look better than those of rows that nobody has looked at."];
        var study = StudyOf(request, text, warnings);
        var drawn = TrialJobs.Draw(request, 0);
        if (TrialJobs.OfTrial(request, study.Base, drawn, study.TrialModelName).IsRefused(out var unfitFirst, out var first)
            || plans.Of(first).IsRefused(out unfitFirst, out _))
            return Refusal.Invalid(
                [.. unfitFirst.Problem.Errors.Select(item => new SpecProblem("#/search", $"The first trial, with {Text(drawn)}, would be refused: {item.Detail}"))]);
        return new NewStudy(
            study, request, sources with { Dataset = dataset.Number, InitialModel = initialModel?.Number }, first,
            [.. Enumerable.Range(0, study.Trials).Select(trial => Text(TrialJobs.Draw(request, trial)))]);
    }

    private static SpecProblem? TooMuchToTry(IReadOnlyDictionary<string, SearchSpace> search, int bytesOfJob)
    {
        var values = search.Values.Sum(SearchDraws.CountOfExtremes);
        return (long)values * bytesOfJob <= MostTriedBytes ? null : new SpecProblem(
            "#/search", $"Each of {values:N0} values would be tried in a job of {bytesOfJob:N0} bytes, and {MostTriedBytes:N0} bytes in all are read at the most; "
                + "take fewer choices, or a job without weights.");
    }

    private static List<SpecProblem> Problems(StudyRequest request, TrainingPlan plan)
    {
        var problems = OfEither(request, plan);
        if (StudyMetric.Of(request.Metric!)!.Part == StudyMetric.Validation && plan.Split.Validation.IsEmpty)
            problems.Add(new SpecProblem(
                "#/job/split", "The job has no validation part to choose the best trial by; give split.validation, or a metric of another part."));
        else if (StudyMetric.Of(request.Metric!)!.Part == StudyMetric.Test && plan.Split.Test.IsEmpty)
            problems.Add(new SpecProblem("#/metric", "The job has no test part; take a metric of the validation part."));
        if (request.Keep == StudyKeep.Ensemble && plan.Split.Validation.IsEmpty)
            problems.Add(new SpecProblem("#/keep", "An ensemble is chosen by the validation part, which the job does not have; give split.validation, or keep best."));
        if (request.Method != SearchMethod.SuccessiveHalving)
            return problems;
        if (plan.Split.Validation.IsEmpty)
            problems.Add(new SpecProblem("#/method", "successiveHalving decides by the validation part, which the job does not have; give split.validation."));
        if (plan.Others.Count > 0)
            problems.Add(new SpecProblem(
                "#/method", $"The job trains {plan.Networks.Count} networks one after another; successiveHalving would judge trials by their first network. "
                    + "Take random, or a job of one network."));
        if (request.MinEpochs >= plan.Configuration.Epochs)
            problems.Add(new SpecProblem("#/minEpochs", $"minEpochs is {request.MinEpochs}; it must be less than the job's {plan.Configuration.Epochs:N0} epochs."));
        return problems;
    }

    private Outcome<NewStudy> OfFolds(StudyRequest asked, StudySources sources)
    {
        var drafted = StudyDefaults.Of(asked, asked.Name ?? "", isRegression: false);
        if (plans.Of(TrialJobs.OfFold(drafted, 0, "folds")).IsRefused(out var refusal, out var made))
            return Within(refusal, "/job", ("#/split/folds", "#/folds"));
        var (plan, table, _, dataset, initialModel, warnings) = made;
        var request = Resolved(asked, plan);
        var problems = OfEither(request, plan);
        if (plan.Target.Task != TaskKind.Regression)
        {
            int[] rows = [.. plan.Split.Train.Span, .. plan.Split.Validation.Span, .. plan.Split.Test.Span];
            var counts = plan.Target.CountLabels(table, rows);
            var smallest = Array.IndexOf(counts, counts.Where(count => count > 0).Min());
            if (counts[smallest] < request.Folds)
                problems.Add(new SpecProblem(
                    "#/folds",
                    $"folds is {request.Folds}; the smallest class \"{plan.Target.Labels[smallest]}\" has {counts[smallest]:N0} rows, so some folds would have none of it. "
                        + "Take fewer folds, or leave the class out."));
        }

        if (problems.Count > 0)
            return Refusal.Invalid(problems);
        var study = StudyOf(request, JsonSerializer.Serialize(request.Job, SpecJson.Options), warnings);
        return new NewStudy(
            study, request, sources with { Dataset = dataset.Number, InitialModel = initialModel?.Number }, TrialJobs.OfFold(request, 0, study.TrialModelName),
            [.. Enumerable.Range(0, study.Trials).Select(trial => Text(TrialJobs.FoldOf(request, trial)))]);
    }

    private static List<SpecProblem> OfEither(StudyRequest request, TrainingPlan plan)
    {
        var problems = new List<SpecProblem>();
        var (metric, task) = (StudyMetric.Of(request.Metric!)!, plan.Target.Task);
        if (!metric.Suits(task))
            problems.Add(new SpecProblem("#/metric", $"{metric.Name} is no metric of a {EnumNames<TaskKind>.Of(task)}."));
        if (request.Keep != StudyKeep.None && request.Model == TrialModelOf(request.Name!))
            problems.Add(new SpecProblem(
                "#/model", $"The trials of study \"{request.Name}\" have their models under the name \"{request.Model}\", and those are deleted with the study. "
                    + "Give the model that is to stay another name."));
        return problems;
    }

    private static string TrialModelOf(string study) => study[..Math.Min(study.Length, ResourceName.MostCharacters - TrialSuffix.Length)] + TrialSuffix;

    private static StudyRequest Resolved(StudyRequest asked, TrainingPlan plan) =>
        StudyDefaults.Of(
            asked with { Job = WithVersion(asked, plan) }, asked.Name ?? ResourceName.New("study"), plan.Target.Task == TaskKind.Regression);

    // The latest version now, or trials that are made after another one was added would start from that.
    private static TrainingConfiguration WithVersion(StudyRequest asked, TrainingPlan plan) =>
        asked.Search?.Keys.Any(pointer => JobPointer.Of(pointer)!.Member == "initialModel") == true ? asked.Job!
            : asked.Job! with { InitialModel = plan.Configuration.InitialModel };

    private Study StudyOf(StudyRequest request, string job, IReadOnlyList<string> warnings) => new()
    {
        Id = Guid.CreateVersion7(),
        Name = request.Name!,
        Kind = request.Kind!.Value,
        Request = TrialJobs.Stripped(JsonSerializer.SerializeToNode(request, SpecJson.Options)!).ToJsonString(SpecJson.Options),
        Base = job,
        ModelName = request.Model!,
        TrialModelName = TrialModelOf(request.Name!),
        Trials = StudyDefaults.TrialsOf(request),
        Warnings = JsonSerializer.Serialize(warnings.Concat(OtherName(request)), SpecJson.Options),
        CreatedAt = clock.GetUtcNow().UtcDateTime,
    };

    // A job's configuration is taken over as it is, with the name of the model that it made.
    private static IEnumerable<string> OtherName(StudyRequest request) => request.Job!.Model is { } other && other != request.Model
        ? [$"job.model \"{other}\" is not used: the model of the study is called \"{request.Model}\"."] : [];

    private static string Text(JsonObject parameters) => parameters.ToJsonString(SpecJson.Options);

    // What is refused in a job, at its place in the study.
    private static ProblemResult Within(ProblemResult refused, string member, params (string From, string To)[] moved)
    {
        var problem = refused.Problem;
        return new ProblemResult(problem with { Errors = [.. problem.Errors.Select(item => item with { Pointer = PointerOf(item.Pointer) })] });

        string? PointerOf(string? pointer) => pointer is null ? null
            : Array.Find(moved, place => place.From == pointer).To ?? $"#{member}{pointer[1..]}";
    }
}

/// <summary>A study that is being made.</summary>
/// <param name="Study">Its row.</param>
/// <param name="Request">What was asked for, every default filled in.</param>
/// <param name="Sources">The rows that it was planned with.</param>
/// <param name="First">The first trial's job.</param>
/// <param name="Parameters">What each trial has of its own, as JSON.</param>
internal sealed record NewStudy(
    Study Study, StudyRequest Request, StudySources Sources, TrainingConfiguration First, IReadOnlyList<string> Parameters);
