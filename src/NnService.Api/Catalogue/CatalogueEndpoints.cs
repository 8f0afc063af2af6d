using NnService.Api.Http;
using NnService.Engine;
using NnService.Engine.Activations;
using NnService.Engine.Initializers;
using NnService.Engine.Layers;
using NnService.Engine.Losses;
using NnService.Engine.Optimizers;
using NnService.Engine.Schedules;
using NnService.Engine.Specs;

namespace NnService.Api.Catalogue;

/// <summary>What networks and jobs can be made of.</summary>
internal static class CatalogueEndpoints
{
    private static readonly CatalogueResponse Everything = new(
        [
            SpecCatalogue.ParameterOf(typeof(NetworkSpec), nameof(NetworkSpec.Inputs), null),
            SpecCatalogue.ParameterOf(typeof(NetworkSpec), nameof(NetworkSpec.Members), 1),
        ],
        SpecCatalogue.Of<LayerSpec>(),
        SpecCatalogue.Of<ActivationSpec>(),
        SpecCatalogue.Of<InitializerSpec>(),
        SpecCatalogue.Of<LossSpec>(),
        SpecCatalogue.Of<OptimizerSpec>(),
        SpecCatalogue.Of<ScheduleSpec>());

    public static void MapCatalogue(this RouteGroupBuilder api) =>
        api.MapGet("/catalogue", () => TypedResults.Ok(Everything)).RequireScope(Scope.Read).WithTags("Catalogue")
            .Describe("List what networks and jobs can be made of",
                "What a network has, and every layer, activation, initializer, loss, optimizer and schedule with its parameters, their ranges and defaults.")
            .Named("getCatalogue").Returns<CatalogueResponse>(200);
}

/// <summary>What networks and jobs can be made of.</summary>
/// <param name="Network">What a network has beside its layers.</param>
/// <param name="Layers">Layer types.</param>
/// <param name="Activations">Activations of a dense layer.</param>
/// <param name="Initializers">Initializers of weights and biases.</param>
/// <param name="Losses">Losses.</param>
/// <param name="Optimizers">Optimizers.</param>
/// <param name="Schedules">Schedules of the learning rate.</param>
public sealed record CatalogueResponse(
    IReadOnlyList<CatalogueParameter> Network,
    IReadOnlyList<CatalogueEntry> Layers,
    IReadOnlyList<CatalogueEntry> Activations,
    IReadOnlyList<CatalogueEntry> Initializers,
    IReadOnlyList<CatalogueEntry> Losses,
    IReadOnlyList<CatalogueEntry> Optimizers,
    IReadOnlyList<CatalogueEntry> Schedules);
