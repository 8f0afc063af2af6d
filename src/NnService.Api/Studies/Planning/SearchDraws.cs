using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using NnService.Engine.Kernels;
using NnService.Engine.Random;

namespace NnService.Api.Studies.Planning;

/// <summary>
/// What trials draw: a function of the study's seed, the field's pointer and the trial's number alone. So more trials, or another field, leave the draws of
/// the others as they are.
/// </summary>
internal static class SearchDraws
{
    private const int FewestDigits = 5; // settings that people can read and repeat
    private const int MostDigits = 17; // of a number in float64

    /// <summary>The value of a field in a trial; null: the field is left out.</summary>
    public static JsonNode? Of(SearchSpace space, string pointer, ulong seed, int trial)
    {
        var random = new RandomStream(seed, RandomPurpose.Search, KeyOf(pointer));
        var index = (ulong)trial;
        if (space.Choice is { } choice)
            return NodeOf(choice[random.Below(index, choice.Count)]);
        if (space.Integer is { } whole)
            return JsonValue.Create(whole[0] + (long)Math.Floor(random.Uniform(index) * (whole[1] - whole[0] + 1.0)));
        var isLog = space.LogUniform is not null;
        var (low, high) = isLog ? (space.LogUniform![0], space.LogUniform[1]) : (space.Uniform![0], space.Uniform[1]);
        var share = random.Uniform(index);
        var value = isLog
            ? Transcendentals.Exp(Transcendentals.Log(low) + (share * (Transcendentals.Log(high) - Transcendentals.Log(low))))
            : low + (share * (high - low));
        var rounded = double.Parse(value.ToString($"G{DigitsOf(low, high)}", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        return JsonValue.Create(Math.Clamp(rounded, low, high));
    }

    // So many that a hundred values at least lie between the two.
    private static int DigitsOf(double low, double high) =>
        Math.Clamp(ExponentOf(Math.Max(Math.Abs(low), Math.Abs(high))) - ExponentOf(Math.Min(high - low, double.MaxValue)) + 3, FewestDigits, MostDigits);

    // Of ten, as it is written down: that is the same on every machine, a logarithm is not.
    private static int ExponentOf(double number) => int.Parse(number.ToString("E16", CultureInfo.InvariantCulture).AsSpan()[^4..], CultureInfo.InvariantCulture);

    /// <summary>Values to try the field with before anything is started: the ends, or all choices.</summary>
    public static IEnumerable<JsonNode?> Extremes(SearchSpace space) =>
        space.Choice is { } choice ? choice.Select(NodeOf)
        : space.Integer is { } whole ? whole.Select(value => (JsonNode?)JsonValue.Create(value))
        : (space.LogUniform ?? space.Uniform)!.Select(value => (JsonNode?)JsonValue.Create(value));

    /// <summary>How many values <see cref="Extremes"/> are.</summary>
    public static int CountOfExtremes(SearchSpace space) => space.Choice?.Count ?? 2;

    /// <summary>Bytes of JSON that a trial draws at the most, but for numbers.</summary>
    public static long MostBytes(IReadOnlyDictionary<string, SearchSpace> search) =>
        search.Sum(field => field.Key.Length + (field.Value?.Choice?.Select(value => (long)JsonMarshal.GetRawUtf8Value(value).Length).DefaultIfEmpty().Max() ?? 0));

    private static JsonNode? NodeOf(JsonElement element) => element.ValueKind == JsonValueKind.Null ? null : JsonNode.Parse(element.GetRawText());

    private static uint KeyOf(string pointer) => BitConverter.ToUInt32(SHA256.HashData(Encoding.UTF8.GetBytes(pointer)));
}
