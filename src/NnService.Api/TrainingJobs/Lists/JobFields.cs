using System.Collections;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using NnService.Api.Errors;
using NnService.Api.Models;
using NnService.Api.Models.Predictions;
using NnService.Api.TrainingJobs.Planning;
using NnService.Api.TrainingJobs.Running;
using NnService.Engine.Data.Splits;
using NnService.Engine.Specs;
using NnService.Engine.Training;

namespace NnService.Api.TrainingJobs.Lists;

/// <summary>The members of each job that a list is to show: <c>id,metrics.test.accuracy</c>.</summary>
internal sealed class JobFields
{
    private const string PerOutput = "perOutput";

    // What may be anything, and so is not looked into.
    private static readonly string[] s_open = ["configuration", "error"];

    // Members of the configuration that are plain values or lists.
    private static readonly string[] s_plain =
    [
        .. typeof(TrainingConfiguration).GetProperties().Where(property => IsPlain(property.PropertyType)).Select(property => $"configuration.{NameOf(property)}"),
    ];

    // What a name may be followed by; everything else is shown as a whole.
    private static readonly Dictionary<string, IReadOnlyList<string>> s_known = new()
    {
        [""] = MembersOf<TrainingJobResponse>(),
        ["configuration"] = MembersOf<TrainingConfiguration>(),
        ["model"] = MembersOf<JobModel>(),
        ["metrics"] = [.. MembersOf<TrainingMetrics>().Where(member => member != JobMetrics.Importance)], // which stands beside them
        ["metrics.train"] = [.. Truth.Figures, .. Truth.Tables, PerOutput],
        ["metrics.validation"] = [.. Truth.Figures, .. Truth.Tables, PerOutput],
        ["metrics.test"] = [.. Truth.Figures, .. Truth.Tables, PerOutput, IntervalLevel.Coverage],
        ["metrics.intervals"] = Truth.Figures,
        ["metrics.baselines"] = ["trivial", "linear"],
        ["metrics.baselines.trivial"] = Truth.Figures,
        ["metrics.baselines.linear"] = Truth.Figures,
    };

    private readonly Dictionary<string, JobFields> _members = [];

    private JobFields()
    {
    }

    /// <summary>The fields a request asks for; null where it asks for none. Errors: <see cref="ProblemException"/>.</summary>
    public static JobFields? Of(HttpRequest request)
    {
        var text = request.Query["fields"].ToString();
        if (text.Length == 0)
            return null;
        var fields = new JobFields();
        foreach (var path in text.Split(',', StringSplitOptions.TrimEntries))
            fields.Add(path);
        return fields;
    }

    /// <summary>Whether the configuration or a part of it is among them.</summary>
    public bool NeedConfigurations => _members.ContainsKey("configuration");

    /// <summary>Whether tables of the metrics are among them, which are large where there are many labels.</summary>
    public bool NeedTables => _members.TryGetValue("metrics", out var metrics) && (metrics.IsWhole
        || Split.PartNames.Any(name => metrics._members.TryGetValue(name, out var part) && (part.IsWhole || Truth.Tables.Any(part._members.ContainsKey))));

    private bool IsWhole => _members.Count == 0;

    /// <summary>Those members of a job.</summary>
    public JsonNode Of(TrainingJobResponse job) => Of(JsonSerializer.SerializeToNode(job, SpecJson.Options))!;

    private JsonNode? Of(JsonNode? node)
    {
        if (IsWhole)
            return node?.DeepClone();
        if (node is not JsonObject whole)
            return null; // it has no members
        var some = new JsonObject();
        foreach (var (name, fields) in _members)
            some[name] = fields.Of(whole[name]);
        return some;
    }

    private void Add(string path)
    {
        var (at, fields) = ("", this);
        foreach (var name in path.Split('.'))
        {
            if (!s_known.TryGetValue(at, out var known) && (s_plain.Contains(at) || !s_open.Contains(path.Split('.')[0])))
                throw Refusal.Exception(400, $"\"{Echo.Cut(path)}\" goes too deep: {at} is shown as a whole.");
            if (known?.Contains(name) is false)
                throw Refusal.Exception(
                    400, $"There is no field \"{Echo.Cut(path)}\". {(at.Length == 0 ? "Known" : $"Known in {at}")}: {string.Join(", ", known)}.");
            var isKnown = fields._members.TryGetValue(name, out var next);
            if (isKnown && next!.IsWhole)
                return; // the whole of it is shown anyway
            if (!isKnown)
                fields._members[name] = next = new JobFields();
            (at, fields) = (at.Length == 0 ? name : $"{at}.{name}", next!);
        }

        fields._members.Clear();
    }

    private static string[] MembersOf<T>() => [.. typeof(T).GetProperties().Select(NameOf)];

    private static string NameOf(PropertyInfo property) => JsonNamingPolicy.CamelCase.ConvertName(property.Name);

    private static bool IsPlain(Type type)
    {
        var value = Nullable.GetUnderlyingType(type) ?? type;
        return value.IsPrimitive || value.IsEnum || value.IsAssignableTo(typeof(IEnumerable));
    }
}
