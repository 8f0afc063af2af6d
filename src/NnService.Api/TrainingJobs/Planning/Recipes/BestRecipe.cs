using NnService.Engine;

namespace NnService.Api.TrainingJobs.Planning.Recipes;

/// <summary>The standard network, and others that see the numbers in other ways.</summary>
internal sealed class BestRecipe : StandardRecipe
{
    public override IReadOnlyList<NetworkSpec> Others(TableSize table) => [];
}
