using NnService.Engine.Losses;

namespace NnService.Engine;

/// <summary>One of several networks that were trained by themselves and answer together: y = Σ cᵢ yᵢ / Σ cᵢ, of what each would answer alone.</summary>
/// <param name="Network">The network, its inputs and units settled.</param>
/// <param name="Link">What turns its output into the answer.</param>
/// <param name="Weight">cᵢ, at least 1: how often it was chosen.</param>
public sealed record EnsemblePart(NetworkSpec Network, OutputLink Link, int Weight);
