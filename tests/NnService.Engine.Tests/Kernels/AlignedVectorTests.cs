using NnService.Engine.Kernels;

namespace NnService.Engine.Tests.Kernels;

public class AlignedVectorTests
{
    [Fact]
    public void Begins_with_a_cache_line_and_is_zero()
    {
        for (var length = 1; length < 200; length++)
        {
            AssertAligned(new AlignedVector<float>(length));
            AssertAligned(new AlignedVector<double>(length));
        }

        AssertAligned(new AlignedVector<float>(1_000_003));
    }

    [Fact]
    public void Is_read_and_written_as_a_span_and_as_a_list()
    {
        var vector = new AlignedVector<double>(3);
        ((ReadOnlySpan<double>)[1, 2, 3]).CopyTo(vector);
        vector[1] = 5;
        vector.Memory.Span[2]++;

        Assert.Equal([1, 5, 4], vector);
        Assert.Equal(3, vector.Count);
        Assert.Throws<IndexOutOfRangeException>(() => vector[3]);
        Assert.Empty(new AlignedVector<double>(0));
    }

    private static unsafe void AssertAligned<T>(AlignedVector<T> vector)
        where T : unmanaged
    {
        fixed (T* first = vector.Span)
            Assert.Equal(0, (nint)first % 64);
        Assert.All(vector, number => Assert.Equal(default, number));
    }
}
