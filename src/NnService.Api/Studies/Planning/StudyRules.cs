using System.Text.Json;
using NnService.Api.Http;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Specs;

namespace NnService.Api.Studies.Planning;

/// <summary>What is wrong with a request for a study by itself, before its job is looked at.</summary>
internal static class StudyRules
{
    private const int MostFields = 100;
    private const int MostChoices = 1000; // of all fields together: each is tried
    private const long MostDrawnBytes = 16 << 20; // by all trials together: they are read at every step of the study
    private const int MostDepth = 32; // half of what JSON may have
    private const int MostTogether = 20; // folds whose models are one: each answers every row
    private const long MostWhole = 1L << 53; // what a number in JSON holds exactly
    private const string Sense = "the trials of a study differ in settings, not in what they learn";

    // Trials are compared with each other.
    private static readonly Dictionary<string, string> s_fixed = new()
    {
        ["dataset"] = Sense,
        ["target"] = Sense,
        ["task"] = Sense,
        ["positiveLabel"] = Sense,
        ["model"] = "the study names the model",
    };

    // What decides how columns become inputs, or which rows are for validation.
    private static readonly string[] s_ofEncodings =
        ["features", "ignore", "split", "preprocessing", "rowWeights", "initialModel", "seed", "precision", "clampOutput"];

    public static IReadOnlyList<SpecProblem> Problems(StudyRequest asked)
    {
        var problems = new List<SpecProblem>(SpecCheck.Problems(asked));
        problems.AddRange(new[] { ResourceName.Problem(asked.Name, "#/name"), ResourceName.Problem(asked.Model, "#/model") }.OfType<SpecProblem>());
        if (asked.Job is null)
            problems.Add(new SpecProblem("#/job", "job is missing; give what a training job is asked to do, at least dataset and target."));
        if (asked.Metric is not null && StudyMetric.Of(asked.Metric) is null)
            problems.Add(new SpecProblem("#/metric", StudyMetric.WhyNot(asked.Metric)));
        problems.AddRange(asked.Kind == StudyKind.CrossValidation ? OfFolds(asked) : OfSearch(asked));
        return problems;
    }

    private static IEnumerable<SpecProblem> OfFolds(StudyRequest asked)
    {
        (string Name, bool IsThere)[] others =
        [
            ("search", asked.Search is not null), ("method", asked.Method is not null), ("eta", asked.Eta is not null),
            ("minEpochs", asked.MinEpochs is not null), ("trials", asked.Trials is not null), ("direction", asked.Direction is not null),
        ];
        foreach (var (name, _) in others.Where(other => other.IsThere))
            yield return new SpecProblem($"#/{name}", $"{name} is for a search; leave it out, or take kind search.");
        if (ResourceName.Problem(asked.Job?.Model, "#/job/model") is { } bad)
            yield return bad;
        var folds = (long)(asked.Folds ?? StudyDefaults.Folds) * (asked.Repeats ?? 1);
        if (asked.Keep == StudyKeep.Ensemble && folds > MostTogether)
            yield return new SpecProblem("#/keep", $"At most {MostTogether} networks answer together, and this makes {folds:N0} models; take fewer folds, or refit or none.");
        if (asked.Keep == StudyKeep.Ensemble && asked.Job?.Preprocessing?.FitOn == FittedRows.Train)
            yield return new SpecProblem(
                "#/job/preprocessing/fitOn", "Models that answer together take the same inputs: with keep ensemble it is all. Leave it out, or keep refit or none.");
        if (asked.Keep == StudyKeep.Best)
            yield return new SpecProblem("#/keep", "A cross-validation has no best fold to keep; take refit, ensemble or none.");
        if (folds > StudyRequest.MostTrials)
            yield return new SpecProblem("#/repeats", $"folds times repeats is at most {StudyRequest.MostTrials:N0}.");
        if (asked.Job?.Split is not { } split)
            yield break;
        (string Name, bool IsThere)[] parts =
        [
            ("train", split.Train is not null), ("test", split.Test is not null), ("method", split.Method is not null),
            ("testEvery", split.TestEvery is not null), ("column", split.Column is not null), ("folds", split.Folds is not null),
            ("fold", split.Fold is not null), ("repeat", split.Repeat is not null),
        ];
        foreach (var (name, _) in parts.Where(part => part.IsThere))
            yield return new SpecProblem($"#/job/split/{name}", $"A cross-validation chooses the test parts itself; of split it takes validation and groupBy, not {name}.");
    }

    private static IEnumerable<SpecProblem> OfSearch(StudyRequest asked)
    {
        foreach (var (name, isThere) in new[] { ("folds", asked.Folds is not null), ("repeats", asked.Repeats is not null) })
            if (isThere)
                yield return new SpecProblem($"#/{name}", $"{name} is for a cross-validation; leave it out, or take kind crossValidation.");
        if (asked.Keep == StudyKeep.Refit)
            yield return new SpecProblem("#/keep", "refit is for a cross-validation; a search keeps best, ensemble or none.");
        if (asked.Keep == StudyKeep.Ensemble)
            foreach (var pointer in asked.Search?.Keys.Where(pointer => JobPointer.Of(pointer) is { } place && s_ofEncodings.Contains(place.Member)) ?? [])
                yield return new SpecProblem(
                    At(pointer), "The networks of an ensemble take the same inputs and are measured on the same rows, and this field changes those. "
                        + "Leave it out of search, or keep best.");
        if (asked.Search?.Keys.FirstOrDefault(pointer => JobPointer.Of(pointer)?.Member == "recipe") is { } recipe && NamesNetwork(asked))
            yield return new SpecProblem(
                At(recipe), "A recipe chooses the network and how it is trained, and a job that names its network is trained in the same way whatever recipe says. "
                    + "Leave recipe out of search, or the network out of job and search.");
        if (asked.Method != SearchMethod.SuccessiveHalving)
            foreach (var (name, isThere) in new[] { ("eta", asked.Eta is not null), ("minEpochs", asked.MinEpochs is not null) })
                if (isThere)
                    yield return new SpecProblem($"#/{name}", $"{name} is for the method successiveHalving.");
        if (asked.Search is not { Count: > 0 and <= MostFields } search)
        {
            yield return new SpecProblem(
                "#/search", $"search names 1 to {MostFields} fields of the job by their JSON pointers, as \"/optimizer/learningRate\": {{\"logUniform\": [0.0001, 0.01]}}.");
            yield break;
        }

        if (search.Values.Sum(space => (long)(space?.Choice?.Count ?? 0)) > MostChoices)
            yield return new SpecProblem("#/search", $"The fields have more than {MostChoices:N0} choices together; take fewer.");
        var (trials, bytes) = (asked.Trials ?? StudyDefaults.Trials, SearchDraws.MostBytes(search));
        if (trials * bytes > MostDrawnBytes)
            yield return new SpecProblem(
                "#/search", $"{trials:N0} trials that may draw {bytes:N0} bytes each are more than {MostDrawnBytes:N0} together; take fewer trials, or smaller choices.");
        foreach (var (pointer, space) in search)
            foreach (var problem in OfField(pointer, space))
                yield return problem;
    }

    // Every trial does: a pointer into the network has the one that the job would choose filled in.
    private static bool NamesNetwork(StudyRequest asked) => asked.Search!.Keys.Any(pointer => JobPointer.Of(pointer) is { Member: "network", IsDeep: true })
        || (asked.Search.GetValueOrDefault("/network") is { } drawn
            ? drawn.Choice?.All(network => network.ValueKind != JsonValueKind.Null) == true
            : asked.Job?.Network is not null);

    private static IEnumerable<SpecProblem> OfField(string pointer, SearchSpace? space)
    {
        var at = At(pointer);
        if (JobPointer.Of(pointer) is not { } place)
            yield return new SpecProblem(at, $"\"{Echo.Cut(pointer)}\" is no JSON pointer to a field; write it as \"/optimizer/learningRate\".");
        else if (s_fixed.TryGetValue(place.Member, out var why))
            yield return new SpecProblem(at, $"{place.Member} cannot be searched: {why}.");
        else if (place.Depth + (space?.Choice?.Select(DepthOf).DefaultIfEmpty().Max() ?? 0) > MostDepth)
            yield return new SpecProblem(at, $"\"{Echo.Cut(pointer)}\" with its choices is more than {MostDepth} levels deep; no field of a job is.");
        int? given = space is null ? null
            : new[] { space.Uniform is not null, space.LogUniform is not null, space.Integer is not null, space.Choice is not null }.Count(isThere => isThere);
        if (given != 1)
        {
            yield return new SpecProblem(at, "Give exactly one of uniform, logUniform, integer and choice.");
            yield break;
        }

        if (space!.Choice is { Count: 0 })
            yield return new SpecProblem($"{at}/choice", "choice is empty; give at least one value.");
        if (space.Integer is { } whole && (whole is not [var first, var last] || first >= last || first < -MostWhole || last > MostWhole))
            yield return Ends($"{at}/integer", "integer", "");
        if (space.Uniform is { } uniform && (uniform is not [var low, var high] || low >= high || !double.IsFinite(high - low)))
            yield return Ends($"{at}/uniform", "uniform", "");
        if (space.LogUniform is { } log && (log is not [var least, var most] || least >= most || least <= 0))
            yield return Ends($"{at}/logUniform", "logUniform", ", both above 0");
    }

    private static int DepthOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => 1 + value.EnumerateArray().Select(DepthOf).DefaultIfEmpty().Max(),
        JsonValueKind.Object => 1 + value.EnumerateObject().Select(member => DepthOf(member.Value)).DefaultIfEmpty().Max(),
        _ => 0,
    };

    private static SpecProblem Ends(string at, string name, string more) =>
        new(at, $"{name} is [low, high], low less than high{more}.");

    /// <summary>Where a field of the search stands in the request.</summary>
    public static string At(string pointer) => $"#/search/{SpecJson.Escape(pointer)}";
}
