using NnService.Api.Tests.OpenApi;

namespace NnService.Api.Tests;

/// <summary>The numbers of a model's layers in its answer: all that its predictions are computed from, in the shapes that the document has.</summary>
[Collection(SharedService.Name)]
public sealed class ModelNumbersTests(TestService service)
{
    private readonly Wire _wire = service.Wire;

    [Theory]
    [InlineData("members", """{"members":2,"layers":[{"type":"dense","units":3,"activation":"relu"},{"type":"dense"}]}""")]
    [InlineData("normalized", """{"layers":[{"type":"dense","units":3},{"type":"batchNormalization"},{"type":"layerNormalization"},{"type":"dense"}]}""")]
    [InlineData("bins", """{"layers":[{"type":"piecewiseLinear","bins":4,"units":2},{"type":"dense"}]}""")]
    [InlineData("waves", """{"layers":[{"type":"periodic","frequencies":2,"units":2},{"type":"dense"}]}""")]
    [InlineData("cosines", """{"layers":[{"type":"cosine","frequencies":2},{"type":"dense"}]}""")]
    public async Task All_of_them_are_answered_as_the_document_has_them(string kind, string network)
    {
        await _wire.Upload("numbers-diabetes", "diabetes.csv");
        await _wire.Train($$"""{"dataset":"numbers-diabetes","target":"progression","epochs":1,"model":"numbers-{{kind}}","network":{{network}} }""");

        var answer = await _wire.Get($"models/numbers-{kind}/versions/1");

        var document = await ApiDocument.Of(_wire);
        Assert.Null(new SchemaRules(document).WhyNot(
            document.Operations.Single(operation => operation.Id == "getModelVersion"), "200", "application/json", answer.Text));
        var exported = (await _wire.Get($"models/numbers-{kind}/export/json")).Json["parameters"]!.AsObject();
        var shown = answer.Json["layers"]!.AsArray().SelectMany((layer, i) => layer!.AsObject().Where(member => member.Key != "type")
            .Select(member => ($"layers[{i}].{member.Key}", member.Value!.ToJsonString())));
        Assert.Equal(exported.Select(array => (array.Key, array.Value!.ToJsonString())).Order(), shown.Order());
    }
}
