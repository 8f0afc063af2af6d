using System.Text.Json.Nodes;

namespace NnService.Api.Tests.OpenApi;

/// <summary>Draws values that fit a schema of the document, and others that do not, the same ones from the same seed.</summary>
internal sealed class DrawnValues(ApiDocument document, Random random)
{
    private const int Deepest = 6;

    // Of the story's own things, so that many requests get beyond the first check.
    private static readonly string[] s_words =
        ["heights", "heights-2-2-1", "sigmoid-neuron", "champion", "latest", "weight", "height", "gender", "name", "F", "M", "1", "2", "input", "FP64", "a", ""];

    private static readonly string[] s_hostile =
    [
        "\u0000", "a\nb", "'; DROP TABLE models; --", "..%2f..%2fetc", "<script>alert(1)</script>", "{0}", "%s%n", "𝒳🙂", "é", " ", "NaN", "-0", "1e400",
        "9223372036854775808", "true ", "null", new('x', 3000), "a/b", "a?b#c", "\"", "\\", "０",
    ];

    private static readonly string[] s_hostileJson =
    [
        "null", "true", "-1", "0", "1e308", "1e-400", "1e400", "9007199254740993", "99999999999999999999", "0.1", "2.0", "\"\"", "\"x\"", "\"\\ud800\"",
        "[]", "[null]", "[[[[[[[[]]]]]]]]", "{}", "{\"type\":\"dense\"}", "{\"a\":{\"b\":{\"c\":[]}}}", "NaN", "\"\\u0000\"",
    ];

    /// <summary>A value that fits, as a text for a path, a query or a header.</summary>
    public string Text(JsonNode schema)
    {
        var drawn = Fit(schema, Deepest);
        return drawn is JsonValue text && text.TryGetValue<string>(out var plain) ? plain : drawn?.ToJsonString() ?? "";
    }

    public string Hostile() => Pick(s_hostile);

    /// <summary>JSON that fits, perhaps with a few changes after which it does not.</summary>
    public string Json(JsonNode schema, JsonNode? example)
    {
        var drawn = example is not null && random.Next(2) == 0 ? example.DeepClone() : Fit(schema, 0);
        if (random.Next(3) > 0)
            return drawn?.ToJsonString() ?? "null";
        for (var changes = random.Next(1, 4); changes > 0; changes--)
            Change(drawn);
        var text = drawn?.ToJsonString() ?? "null";
        // What a tree cannot hold: numbers beyond all bounds, half of a character, a document cut short.
        text = text.Replace("\"HERE\"", Pick(s_hostileJson), StringComparison.Ordinal);
        return random.Next(12) == 0 ? text[..random.Next(text.Length)] : text;
    }

    public T Pick<T>(IReadOnlyList<T> some) => some[random.Next(some.Count)];

    private void Change(JsonNode? drawn)
    {
        var places = ApiDocument.All(drawn).Select(place => place.Object).Where(place => place.Count > 0).ToList();
        if (places.Count == 0)
            return;
        var place = Pick(places);
        var name = Pick(place.Select(member => member.Key).ToList());
        switch (random.Next(4))
        {
            case 0: place.Remove(name); break;
            case 1: place[Pick(s_words) + "s"] = Pick(s_words); break;
            case 2: place[name] = Pick(s_hostile); break;
            default: place[name] = "HERE"; break;
        }
    }

    private JsonNode? Fit(JsonNode schema, int depth)
    {
        var said = document.Resolve(schema);
        if (said["nullable"] is not null && random.Next(8) == 0)
            return null;
        if (said["enum"] is JsonArray values)
            return Pick(values.Where(value => value is not null).ToList())!.DeepClone();
        if ((said["oneOf"] ?? said["anyOf"] ?? said["allOf"]) is JsonArray forms)
            return Fit(Pick(forms.Where(form => form!["not"] is null).ToList())!, depth);
        return (string?)said["type"] switch
        {
            "object" => Object(said, depth),
            "array" => new JsonArray([.. Enumerable.Range(0, depth > Deepest ? 0 : random.Next(4)).Select(_ => Fit(said["items"]!, depth + 1))]),
            "integer" => Integer(said),
            "number" => random.Next(3) == 0 ? Integer(said) : Fraction(said),
            "boolean" => random.Next(2) == 0,
            "string" => Word(said),
            _ => Anything(depth),
        };
    }

    private JsonObject Object(JsonObject schema, int depth)
    {
        var drawn = new JsonObject();
        var required = schema["required"]?.AsArray().Select(name => (string)name!).ToHashSet() ?? [];
        foreach (var (name, member) in schema["properties"]?.AsObject() ?? [])
            if (required.Contains(name) || (depth < Deepest && random.Next(4) == 0))
                drawn[name] = Fit(member!, depth + 1);
        if (schema["additionalProperties"] is JsonObject others && depth < Deepest)
            for (var more = random.Next(3); more > 0; more--)
                drawn[Pick(s_words)] = Fit(others, depth + 1);
        return drawn;
    }

    private int Integer(JsonObject schema)
    {
        var low = (int?)schema["minimum"] ?? -3;
        var high = (int?)schema["maximum"] ?? Math.Max(low, 0) + 5;
        return random.Next(8) switch { 0 => low, 1 => high, _ => low + random.Next((int)Math.Min((long)high - low + 1, 6)) };
    }

    private double Fraction(JsonObject schema)
    {
        var low = (double?)schema["minimum"] ?? -2;
        var high = (double?)schema["maximum"] ?? Math.Max(low, 0) + 2;
        return Math.Round(low + (random.NextDouble() * (high - low)), 3);
    }

    private string Word(JsonObject schema) => ((string?)schema["format"], (string?)schema["pattern"]) switch
    {
        ("date-time", _) => Pick(["2026-01-31T12:00:00Z", "2099-01-01T00:00:00+02:00", "1970-01-01T00:00:00Z"]),
        ("uuid", _) => new Guid(random.Next(), 1, 2, new byte[8]).ToString(),
        (_, "^[.,]$") => Pick([".", ","]),
        (_, "^([,;|]|tab)$") => Pick([",", ";", "|", "tab"]),
        (_, "^([.,'_]|space)$") => Pick([".", ",", "'", "_", "space"]),
        (_, not null) => Pick(s_words.Where(word => word.Length > 0 && char.IsAsciiLetterLower(word[0])).ToList()),
        _ => Pick(s_words),
    };

    private JsonNode? Anything(int depth) => random.Next(depth > Deepest ? 4 : 6) switch
    {
        0 => null,
        1 => random.Next(-5, 200),
        2 => Math.Round(random.NextDouble() * 100, 2),
        3 => Pick(s_words),
        4 => new JsonArray(random.Next(100, 200), random.Next(50, 80)),
        _ => new JsonObject { ["weight"] = random.Next(100, 200), ["height"] = random.Next(50, 80) },
    };
}
