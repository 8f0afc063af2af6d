using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using NnService.Api.Errors;
using NnService.Api.Models;
using NnService.Api.Models.Predictions;

namespace NnService.Api.Tests;

/// <summary>The short way of usual bodies and the general one give the same answers. A content type that writes its charset in capitals takes the general
/// way.</summary>
[Collection(SharedService.Name)]
public sealed partial class PredictPathTests(TestService service)
{
    private const string Usual = "application/json; charset=utf-8";
    private const string General = "application/json; charset=UTF-8";

    // Three number columns; the second is clipped, and the last has seen a missing cell and is trained with log1p, so that a value of -1 is refused and an input more says "missing".
    private const string Table = "a,b,c,name,y\n1,2,3,x,1\n2,1,,x,2\n3,5,1,y,3\n4,1,2,y,2\n5,0,7,x,4\n";

    private readonly Wire _wire = service.Wire;

    public static TheoryData<string> Plain => new(
        """{"rows":[[1,2,3]]}""",
        """{"rows":[[1,2,3],[4.5,-0.25,0],[-0,1e2,1.5E-3]]}""",
        """{"columns":["c","a","b"],"rows":[[3,1,2]]}""",
        " { \"columns\" : [ \"a\" ,\"b\", \"c\" ]\n, \"rows\" :\t[ [ 1 , 2,3 ] ,\r\n[4,5,6] ] } ",
        """{"rows":[{"c":3,"a":1,"b":2},[4,5,6]]}""",
        """{ "rows" : [ { "a" : 1 , "b" : 2.5 , "c" : -0.5 } ] }""",
        """{"rows":[[0.1234567890123456789,123456789012345678901234567890,5e-324]]}""",
        """{"rows":[[1234567890123456,0.000000000000001,9007199254740993]]}""",
        """{"rows":[[1e+5,1E5,0e9]]}""");

    public static TheoryData<string> NotPlain => new(
        "{", "null", "[]", "{}", "{\"rows\":[]}", """{"rows":[[]]}""",
        """{"rows":null}""", """{"rows":[[1,2,3]]""", """{"rows":[[1,2,3]]}}""", """{"rows":[[1,2,3]]} x""",
        """{"rows":[[1,2]]}""", """{"rows":[[1,2,3,4]]}""", """{"rows":[[1,2,3],]}""", """{"rows":[[1,2,3,]]}""", """{"rows":[,[1,2,3]]}""",
        """{"rows":[[01,2,3]]}""", """{"rows":[[1.,2,3]]}""", """{"rows":[[.5,2,3]]}""",
        """{"rows":[[+1,2,3]]}""", """{"rows":[[-,2,3]]}""", """{"rows":[[1e,2,3]]}""",
        """{"rows":[[1.2.3,2,3]]}""", """{"rows":[[1e400,2,3]]}""", """{"rows":[[NaN,2,3]]}""",
        """{"rows":[["1",2,3]]}""", """{"rows":[[true,2,3]]}""", """{"rows":[[1,2,null]]}""",
        """{"rows":[[null,2,3]]}""", """{"rows":[[1,2,{}]]}""", """{"rows":[[1 2,3,4]]}""", """{"rows":[[1,2,3][4,5,6]]}""",
        """{"rows":[{"a":1,"b":2}]}""", """{"rows":[{"a":1,"b":2,"c":3,"a":4}]}""",
        """{"rows":[{"a":1,"b":2,"c":3,"d":4}]}""", """{"rows":[{"a":1,"b":2,"c":3,"name":"x"}]}""",
        """{"rows":[{"a":1,"a":2,"c":3}]}""", """{"rows":[{"\u0061":1,"b":2,"c":3}]}""",
        """{"rows":[{"a":1,"b":2,"c":"x"}]}""", """{"rows":[{"A":1,"b":2,"c":3}]}""",
        """{"columns":["a","b","c"],"rows":[{"a":1,"b":2,"c":3}]}""", """{"columns":["a","b"],"rows":[[1,2]]}""",
        """{"columns":["a","b","b"],"rows":[[1,2,3]]}""",
        """{"columns":["a","b","x"],"rows":[[1,2,3]]}""", """{"columns":["a","b","c","name"],"rows":[[1,2,3,"x"]]}""", """{"columns":[],"rows":[[1,2,3]]}""",
        """{"columns":["a","b","c"]}""", """{"columns":["a","b","c"],"rows":[[1,2,3]],"rows":[[1,2,3]]}""", """{"rows":[[1,2,3]],"columns":["c","b","a"]}""",
        """{"columns":["a","b","c"],"columns":["a","b","c"],"rows":[[1,2,3]]}""",
        """{"row":[[1,2,3]]}""", """{"Rows":[[1,2,3]]}""", """{"rows":[[1,2,3]],"dataset":"d"}""",
        """{"rows":[[1,2,3]],"more":1}""", """/**/{"rows":[[1,2,3]]}""", "\uFEFF{\"rows\":[[1,2,3]]}", """{"rows":[[1,2,3]],}""", """{"dataset":"nowhere"}""");

    [Theory]
    [MemberData(nameof(Plain))]
    public async Task A_usual_body_takes_the_short_way_and_gets_the_answer_of_the_general_one(string body)
    {
        await Prepare();
        Assert.True(await TakesShortWay(body, Usual));
        Assert.False(await TakesShortWay(body, General));
        Assert.Equal(HttpStatusCode.OK, (await Send(body, Usual)).Status);
        await SameAnswer(body);
        await SameAnswer(body); // with the header known
    }

    [Theory]
    [MemberData(nameof(NotPlain))]
    public async Task An_unusual_or_wrong_body_gets_the_same_answer_either_way(string body)
    {
        await Prepare();
        Assert.False(await TakesShortWay(body, Usual));
        await SameAnswer(body);
    }

    [Fact]
    public async Task A_number_that_has_no_logarithm_is_refused_with_its_place()
    {
        await Prepare();

        Assert.Equal("#/rows/0/2", (string?)(await Send("""{"rows":[[1,2,-1]]}""", Usual)).Json["errors"]![0]!["pointer"]);
        await SameAnswer("""{"rows":[[1,2,-1]]}""");
    }

    [Theory]
    [InlineData("""{"columns":["c","a","b"],"rows":[[0.5,-1e1,2]]}""")]
    [InlineData("""{"rows":[{"a":1,"b":20.5,"c":0}]}""")]
    public async Task Every_body_with_one_byte_changed_gets_the_same_answer_either_way(string body)
    {
        await Prepare();
        for (var at = 0; at < body.Length; at++)
        {
            await SameAnswer(body.Remove(at, 1));
            foreach (var put in "0.-e,]}\" ")
                if (body[at] != put)
                    await SameAnswer($"{body[..at]}{put}{body[(at + 1)..]}");
        }
    }

    [Fact]
    public void A_prediction_runs_no_filter_and_binds_no_parameter()
    {
        var endpoints = service.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.RoutePattern.RawText!.EndsWith("/predict", StringComparison.Ordinal)).ToList();

        Assert.Equal(2, endpoints.Count);
        Assert.All(endpoints, endpoint => Assert.IsType<PredictEndpoint>(endpoint.RequestDelegate!.Target));
    }

    // Has the endpoint choose the source of such a request's rows; only the general way refuses any.
    private async Task<bool> TakesShortWay(string body, string contentType)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var context = new DefaultHttpContext { RequestServices = service.Services };
        (context.Request.ContentType, context.Request.ContentLength, context.Request.Body) = (contentType, bytes.Length, new MemoryStream(bytes));
        try
        {
            var loaded = service.Services.GetRequiredService<ModelStore>().Find("predict-paths", null)!;
            return await service.Services.GetRequiredService<RequestRows>().Of(loaded, context) is PlainBatches;
        }
        catch (ProblemException)
        {
            return false;
        }
    }

    public static TheoryData<string, int> Tables => new()
    {
        { "1,2,3,x\n", 1 }, // the line that is unusual, and how many such lines follow each other
        { " 1 ,2,3,x\n", 1 }, { "1e2,-0,+3,x\n", 2 }, { "1,2,,x\n", 3 },
            { "1,2,NA,x\n", 1 }, { "\"1\",2,3,x\n", 70 }, { "1,2,3,\"x\"\"y\"\n", 1 }, { "1,2,3,x\"y\n", 1 }, { "1,2,3,null\n", 1 },
        { "1,2,3,é\n", 1 }, { "1,2,3,\r\n", 1 }, { "1,2,3,x\r\n", 100 }, { "1,2,-1,x\n", 1 },
        { "1,2,-1,x\n", 30 }, { "1,word,3,x\n", 2 }, { "1,2,3\n", 1 }, { "1,2,3,x,y\n", 1 }, { "\n", 1 }, { "1,\"2,3,x\n", 1 }, { "1e999,2,3,x\n", 1 },
    };

    [Theory]
    [MemberData(nameof(Tables))]
    public async Task A_CSV_gets_the_same_answer_whether_commas_let_it_take_the_short_way_or_semicolons_keep_it_from_it(string line, int times)
    {
        await Prepare();
        // More than a batch before and behind, more than the reader's buffer in all, and no line end behind the last row.
        string Lines(int first, int count) => string.Concat(Enumerable.Range(first, count).Select(i => $"{i},{i * 0.37:0.0000},{i % 9},x{i}\n"));
        var csv = "a,b,c,name\n" + Lines(0, 1500) + string.Concat(Enumerable.Repeat(line, times)) + Lines(1500, 12_000) + "1,2,3,x";

        var byCommas = await _wire.PostCsv("models/predict-paths/predict", csv, ("Accept", "text/csv"));
        var bySemicolons = await _wire.PostCsv("models/predict-paths/predict", csv.Replace(',', ';'), ("Accept", "text/csv"));

        Assert.Equal((bySemicolons.Status, Text(bySemicolons)), (byCommas.Status, Text(byCommas)));
    }

    private async Task Prepare()
    {
        if ((await _wire.Get("models/predict-paths")).Status == HttpStatusCode.OK)
            return;
        await _wire.PostCsv("datasets?name=predict-paths", Table);
        await _wire.Train("""
            {"dataset":"predict-paths","target":"y","task":"regression","features":["a","b","c"],"preprocessing":{"columns":{"b":{"numeric":"robustClip"},"c":{"transform":"log1p"}}},
             "split":{"train":1,"validation":0,"test":0},"epochs":3,"precision":"float64","model":"predict-paths"}
            """);
    }

    private async Task SameAnswer(string body)
    {
        var (short_, general) = (await Send(body, Usual), await Send(body, General));
        Assert.True((short_.Status, Text(short_)) == (general.Status, Text(general)), $"{body}\nshort:   {short_.Text}\ngeneral: {general.Text}");
    }

    private Task<Answer> Send(string body, string contentType) => _wire.Send(
        HttpMethod.Post, "models/predict-paths/predict", new StringContent(body) { Headers = { ContentType = MediaTypeHeaderValue.Parse(contentType) } });

    private static string Text(Answer answer) => TraceId().Replace(answer.Text, "");

    [GeneratedRegex("\"traceId\":\"[^\"]*\"")]
    private static partial Regex TraceId();
}
