using NnService.Engine.Training;

namespace NnService.Engine.Tests.Reference;

/// <summary>Visits rows in a recorded order.</summary>
internal sealed class PlayedBackOrder(int[][] epochs) : RowOrder
{
    public override int VisitsPerEpoch => epochs[0].Length;

    public override void Fill(int epoch, Span<int> visits) => epochs[epoch].CopyTo(visits);
}
