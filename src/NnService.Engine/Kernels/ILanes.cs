using System.Numerics;

namespace NnService.Engine.Kernels;

/// <summary>
/// What a matrix product asks of a vector register: the one seam between the kernels and the processor. Static and generic over structs, so that the
/// runtime compiles each kernel anew for each register type and every call here is one instruction.
/// </summary>
internal unsafe interface ILanes<TVector, T>
    where TVector : struct
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Elements in one register.</summary>
    static abstract int Count { get; }

    /// <summary>
    /// Rows of the tallest tile whose accumulators, two registers a row, still fit into the register file beside one row of B and one element of A.
    /// </summary>
    static abstract int TileRows { get; }

    static abstract TVector Load(T* source);

    static abstract void Store(T* destination, TVector vector);

    static abstract TVector Broadcast(T* source);

    /// <summary>a · b + c, rounded once.</summary>
    static abstract TVector MulAdd(TVector a, TVector b, TVector c);

    /// <summary>Selects the first <paramref name="count"/> lanes, 1 … <see cref="Count"/>.</summary>
    static abstract TVector Mask(int count);

    /// <summary>Reads the selected lanes, zero elsewhere; touches no other memory.</summary>
    static abstract TVector LoadMasked(T* source, TVector mask);

    /// <summary>Writes the selected lanes; touches no other memory.</summary>
    static abstract void StoreMasked(T* destination, TVector mask, TVector vector);
}
