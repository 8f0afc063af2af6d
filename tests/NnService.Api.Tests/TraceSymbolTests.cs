namespace NnService.Api.Tests;

/// <summary>What the parameters are called in a trace: numbered neuron by neuron, beside their place as <c>[input][unit]</c>.</summary>
[Collection(SharedService.Name)]
public sealed class TraceSymbolTests(TestService service)
{
    private readonly Wire _wire = service.Wire;

    [Fact]
    public async Task A_network_2_2_1_has_the_nine_symbols_of_textbooks()
    {
        // h1 = f(w1·x1 + w2·x2 + b1), h2 = f(w3·x1 + w4·x2 + b2), y = f(w5·h1 + w6·h2 + b3): each w a tenth, each b a hundredth of its number.
        await _wire.Post("models", """
            {"name":"trace-symbols","features":["x1","x2"],"precision":"float64","network":{"layers":[
              {"type":"dense","activation":"sigmoid","weights":[[0.1,0.3],[0.2,0.4]],"bias":[0.01,0.02]},
              {"type":"dense","activation":"sigmoid","weights":[[0.5],[0.6]],"bias":[0.03]}]} }
            """);

        var trace = (await _wire.Post("models/trace-symbols/trace", """{"row":[2,3],"target":1,"loss":"meanSquaredError"}""")).Json;

        Assert.Equal(
            [
                "layers[0].weights[0][0] = 0.1: ∂L/∂w1 = ∂L/∂y · ∂y/∂h1 · ∂h1/∂w1",
                "layers[0].weights[1][0] = 0.2: ∂L/∂w2 = ∂L/∂y · ∂y/∂h1 · ∂h1/∂w2",
                "layers[0].bias[0] = 0.01: ∂L/∂b1 = ∂L/∂y · ∂y/∂h1 · ∂h1/∂b1",
                "layers[0].weights[0][1] = 0.3: ∂L/∂w3 = ∂L/∂y · ∂y/∂h2 · ∂h2/∂w3",
                "layers[0].weights[1][1] = 0.4: ∂L/∂w4 = ∂L/∂y · ∂y/∂h2 · ∂h2/∂w4",
                "layers[0].bias[1] = 0.02: ∂L/∂b2 = ∂L/∂y · ∂y/∂h2 · ∂h2/∂b2",
                "layers[1].weights[0][0] = 0.5: ∂L/∂w5 = ∂L/∂y · ∂y/∂w5",
                "layers[1].weights[1][0] = 0.6: ∂L/∂w6 = ∂L/∂y · ∂y/∂w6",
                "layers[1].bias[0] = 0.03: ∂L/∂b3 = ∂L/∂y · ∂y/∂b3",
            ],
            trace["parameters"]!.AsArray().Select(parameter => $"{parameter!["name"]} = {parameter["value"]}: {parameter["equation"]}"));
        Assert.All(trace["parameters"]!.AsArray(), parameter =>
            Assert.StartsWith($"{parameter!["symbol"]} = ", (string?)parameter["equation"], StringComparison.Ordinal));
        Assert.Equal(
            ["w1 x1, w2 x2, b1", "w3 x1, w4 x2, b2", "w5 h1, w6 h2, b3"],
            trace["layers"]!.AsArray().SelectMany(layer => layer!["neurons"]!.AsArray()).Select(neuron =>
                $"{string.Join(", ", neuron!["weightSymbols"]!.AsArray().Zip(neuron["inputSymbols"]!.AsArray(), (weight, input) => $"{weight} {input}"))}, "
                    + $"{neuron["biasSymbol"]}"));
    }

    [Fact]
    public async Task With_one_input_the_second_weight_is_that_of_the_second_neuron()
    {
        await _wire.Post("models", """
            {"name":"trace-one-input","network":{"layers":[{"type":"dense","weights":[[1,2]],"bias":[0,0]},{"type":"dense","weights":[[1],[1]],"bias":[0]}]} }
            """);

        var second = (await _wire.Post("models/trace-one-input/trace", """{"row":[1],"target":1,"layer":0,"neuron":1}""")).Json["parameters"]![0]!;

        Assert.Equal("layers[0].weights[0][1] ∂L/∂w2", $"{second["name"]} {second["symbol"]}");
    }
}
