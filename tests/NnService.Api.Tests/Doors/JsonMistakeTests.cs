using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace NnService.Api.Tests.Doors;

/// <summary>What is said of a body that is not JSON: the service's own words, with the place, and nothing for programmers of the reader.</summary>
[Collection(SharedService.Name)]
public sealed class JsonMistakeTests(TestService service)
{
    private const string Escape = "A text has a character that must be escaped in JSON: a line break is \\n, a tab \\t, a quote \\\", a backslash \\\\.";
    private const string Number = "A number is not written as JSON has it: 0.5 and -1e3 are numbers; 01, +1, .5 and 1. are none.";

    private readonly Wire _wire = service.Wire;

    [Theory]
    [InlineData("{\"layers\":[],}", "A comma stands before a closing bracket or brace; leave it out. (line 1, byte 14)")]
    [InlineData("{\"layers\":[{\"type\":\"dense\"},]}", "A comma stands before a closing bracket or brace; leave it out. (line 1, byte 29)")]
    [InlineData("{\"layers\":[", "It ends too early: a bracket, a brace or a quote is not closed.")]
    [InlineData("{\"layers", "It ends too early: a bracket, a brace or a quote is not closed.")]
    [InlineData("   ", "It ends too early: a bracket, a brace or a quote is not closed.")]
    [InlineData("{'layers':[]}", "\"'\" stands where the name of a property should begin, with a double quote.")]
    [InlineData("{\"name\":'x'}", "Texts stand in double quotes, not in single ones.")]
    [InlineData("{\"name\":x}", "\"x\" does not begin a value; texts stand in double quotes.")]
    [InlineData("{\"inputs\":NaN}", "NaN and Infinity are no JSON; a missing number is null.")]
    [InlineData("{\"inputs\":+1}", Number)]
    [InlineData("{\"inputs\":01}", Number)]
    [InlineData("{\"inputs\":1.}", Number)]
    [InlineData("{\"inputs\":2x}", Number)]
    [InlineData("{\"name\":\"a\nb\"}", Escape)]
    [InlineData("{\"name\":\"C:\\dir\"}", Escape)]
    [InlineData("{\"name\":\"x\" \"inputs\":1}", "\"\"\" stands where a comma, or a closing bracket or brace, should.")]
    [InlineData("{\"name\" \"x\"}", "\"\"\" stands where a colon should, behind the name of a property.")]
    [InlineData("{\"name\":}", "\"}\" stands where a value should.")]
    [InlineData("{\"name\":nul}", "A word is neither true, false nor null; texts stand in double quotes.")]
    [InlineData("// x\n{}", "Comments are no JSON; leave them out.")]
    [InlineData("{\"layers\":[]} x", "Behind its end something else follows, from \"x\" on.")]
    [InlineData("]", "\"]\" stands where a value should.")]
    public async Task A_mistake_is_named_in_plain_words(string body, string says)
    {
        var answer = await _wire.Post("networks", body);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.StartsWith($"The body is not valid JSON: {says}", (string?)answer.Json["detail"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_sentence_of_the_reader_or_the_serializer_reaches_anybody()
    {
        string[] foreign =
            ["reader options", "payload", "isFinalBlock", "token", "literal", "deserializ", "System.", "NnService.", "Expected either", "JSON string"];
        const string Body = """{"name":"x","description":"a\tb","inputs":2.5e1,"layers":[{"type":"dense","units":1,"useBias":true,"bias":null}]}""";
        string[] doors = ["networks", "training-jobs", "models", "training-jobs/compare", "models/none/aliases/a", "/invocations?model=json-mistakes"];
        await _wire.Post("models", """{"name":"json-mistakes","network":{"layers":[{"type":"dense","weights":[[1]],"bias":[0]}]}}""");
        foreach (var wrong in Mutations(Body))
            foreach (var door in doors)
            {
                var answer = door.EndsWith("/a", StringComparison.Ordinal) ? await _wire.Put(door, wrong) : await _wire.Post(door, wrong);
                Assert.All(foreign, piece => Assert.False(
                    answer.Status == HttpStatusCode.BadRequest && answer.Text.Contains(piece, StringComparison.Ordinal), $"{wrong}\n{answer.Text}"));
            }
    }

    // Every body with a byte put in, taken out, or everything behind it cut off, at a step that keeps the test short.
    private static IEnumerable<string> Mutations(string body)
    {
        for (var at = 0; at < body.Length; at += 3)
        {
            yield return body[..at];
            yield return body.Remove(at, 1);
            foreach (var put in "],}x0'\\/")
                yield return body.Insert(at, put.ToString());
        }

        yield return new string('[', 100);
        yield return string.Concat(Enumerable.Repeat("{\"layers\":", 100));
        foreach (var member in JsonNode.Parse(body)!.AsObject().ToList())
            foreach (var value in new[] { "null", "true", "1", "\"x\"", "[]", "{}", "[1]", "{\"a\":1}" })
            {
                var changed = JsonNode.Parse(body)!.AsObject();
                changed[member.Key] = JsonNode.Parse(value);
                yield return changed.ToJsonString(new JsonSerializerOptions());
            }
    }
}
