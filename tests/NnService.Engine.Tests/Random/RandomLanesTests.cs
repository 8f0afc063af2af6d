using System.Runtime.Intrinsics;
using NnService.Engine.Random;

namespace NnService.Engine.Tests.Random;

public sealed class RandomLanesTests
{
    private const ulong Seed = 0x9876543210;
    private const uint First = 1234;

    private static readonly RandomLanes Lanes = new(Seed, RandomPurpose.Bootstrap, First);

    // Each lane at another index, also beyond 32 bits.
    [Fact]
    public void Every_lane_has_the_numbers_of_its_stream_to_the_bit()
    {
        for (var i = 0UL; i < 500; i++)
        {
            var index = Vector512.Create(i, 7 * i, i * i, i + uint.MaxValue, 3 * i << 30, i + 1, 2 * i, i << 40);
            var (uniform, normal) = (Lanes.Uniform(index), Lanes.Normal(index, Vector512<ulong>.AllBitsSet));
            for (var lane = 0; lane < 8; lane++)
            {
                var stream = new RandomStream(Seed, RandomPurpose.Bootstrap, First + (uint)lane);
                Assert.Equal(BitConverter.DoubleToInt64Bits(stream.Uniform(index[lane])), BitConverter.DoubleToInt64Bits(uniform[lane]));
                Assert.Equal(BitConverter.DoubleToInt64Bits(stream.Normal(index[lane])), BitConverter.DoubleToInt64Bits(normal[lane]));
            }
        }
    }

    [Fact]
    public void Lanes_that_are_not_wanted_do_not_change_the_others()
    {
        var index = Vector512.Create(5UL, 6, 7, 8, 9, 10, 11, 12);
        var some = Lanes.Normal(index, Vector512.Create(ulong.MaxValue, 0, 0, ulong.MaxValue, 0, ulong.MaxValue, 0, 0));

        foreach (var lane in (int[])[0, 3, 5])
            Assert.Equal(new RandomStream(Seed, RandomPurpose.Bootstrap, First + (uint)lane).Normal(index[lane]), some[lane]);
    }
}
