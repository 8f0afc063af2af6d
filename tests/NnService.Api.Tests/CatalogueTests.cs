using NnService.Engine.Activations;
using NnService.Engine.Initializers;
using NnService.Engine.Layers;
using NnService.Engine.Losses;
using NnService.Engine.Optimizers;
using NnService.Engine.Schedules;

namespace NnService.Api.Tests;

[Collection(SharedService.Name)]
public sealed class CatalogueTests(TestService service)
{
    private readonly Wire _wire = service.Wire;

    [Fact]
    public async Task The_catalogue_lists_everything_that_is_registered_with_a_sentence_of_help()
    {
        var catalogue = (await _wire.Get("catalogue")).Json;

        foreach (var (family, names) in new Dictionary<string, IEnumerable<string>>
        {
            ["layers"] = LayerSpec.Known.Members.Select(member => member.Type),
            ["activations"] = ActivationSpec.Known.Members.Select(member => member.Type),
            ["initializers"] = InitializerSpec.Known.Members.Select(member => member.Type),
            ["losses"] = LossSpec.Known.Members.Select(member => member.Type),
            ["optimizers"] = OptimizerSpec.Known.Members.Select(member => member.Type),
            ["schedules"] = ScheduleSpec.Known.Members.Select(member => member.Type),
        })
        {
            var entries = catalogue[family]!.AsArray();
            Assert.Equal(names, entries.Select(entry => (string)entry!["type"]!));
            foreach (var entry in entries)
            {
                Assert.EndsWith(".", (string?)entry!["help"], StringComparison.Ordinal);
                Assert.All(entry["parameters"]!.AsArray(), parameter => Assert.EndsWith(".", (string?)parameter!["help"], StringComparison.Ordinal));
            }
        }
    }

    [Fact]
    public async Task A_network_has_inputs_and_members_beside_its_layers()
    {
        var network = (await _wire.Get("catalogue")).Json["network"]!.AsArray();

        Assert.Equal(["inputs", "members"], network.Select(parameter => (string)parameter!["name"]!));
        Assert.Equal("""{"name":"members","type":"integer","default":1,"range":{"minimum":1,"exclusiveMinimum":false,"maximum":128,"exclusiveMaximum":false}"""
            + ""","help":"Networks in this one that share their weights: an ensemble, whose answer is the mean over its members."}""", network[1]!.ToJsonString());
    }

    [Fact]
    public async Task A_parameter_tells_its_type_default_and_range()
    {
        var sgd = (await _wire.Get("catalogue")).Json["optimizers"]!.AsArray().Single(entry => (string?)entry!["type"] == "sgd")!;

        var momentum = sgd["parameters"]!.AsArray().Single(parameter => (string?)parameter!["name"] == "momentum")!;
        Assert.Equal("""{"name":"momentum","type":"number","default":0,"range":{"minimum":0,"exclusiveMinimum":false,"maximum":1,"exclusiveMaximum":true}"""
            + ""","help":"Share of the last step that is kept."}""", momentum.ToJsonString());
        var rate = sgd["parameters"]!.AsArray().Single(parameter => (string?)parameter!["name"] == "learningRate")!;
        Assert.Equal(0.01, (double)rate["default"]!);
        Assert.Null(rate["range"]!["maximum"]);
    }
}
