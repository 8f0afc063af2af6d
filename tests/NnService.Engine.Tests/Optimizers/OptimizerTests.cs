using System.Numerics;
using NnService.Engine.Kernels;
using NnService.Engine.Optimizers;

namespace NnService.Engine.Tests.Optimizers;

public sealed class OptimizerTests
{
    private static readonly double[] Start = [1, -2, 0.5];
    private static readonly double[][] Gradients = [[0.5, -1, 0.25], [-0.2, 0.3, 0], [1.5, -0.1, -0.7]];

    /// <summary>Parameters after three steps of rate 0.1 with weight decay 0.05, from code of others written out in Python floats: PyTorch's single-tensor
    /// code, for Lion its paper's.</summary>
    public static IEnumerable<object[]> AfterThreeSteps =>
    [
        [new SgdSpec(), 0.805473625, -1.89099725, 0.5377868125],
        [new SgdSpec { Momentum = 0.9 }, 0.7254186249999999, -1.72188725, 0.4887593125],
        [new SgdSpec { Momentum = 0.9, Nesterov = true }, 0.5595567688749999, -1.6431940377499998, 0.5283588844375],
        [new AdagradSpec(), 0.8333246821729796, -1.9010742052616587, 0.485424928442446],
        [new RmsPropSpec(), -0.5908648362194497, -1.07991022949699, 0.5259385616361957],
        [new RmsPropSpec { Centered = true }, -0.6010590898003039, -1.075346352680224, 0.5239930426992081],
        [new RmsPropSpec { Centered = true, Momentum = 0.9 }, -2.006156248430406, 0.402349432256758, -1.1046089848359322],
        [new AdadeltaSpec(), 0.9993774001005568, -1.9996815643963006, 0.5000521252238226],
        [new AdamSpec(), 0.7839086367430702, -1.7971446502685993, 0.36615565133937683],
        [new AdamSpec { Beta2 = 0.5, Amsgrad = true }, Amsgrad[0], Amsgrad[1], Amsgrad[2]],
        [new AdamWSpec(), 0.7825345397014649, -1.7895578183256116, 0.3696253796586781],
        [new AdamaxSpec(), 0.823215046292834, -1.8321636799558234, 0.3726376400631425],
        [new NadamSpec(), 0.8093144504454959, -1.8828462521809528, 0.4825503664627192],
        [new LionSpec(), 0.885572375, -1.87064725, 0.39403493749999996],
    ];

    public static IEnumerable<object[]> Known => OptimizerSpec.Known.Members.Select(spec => new object[] { spec.Type });

    [Theory]
    [MemberData(nameof(AfterThreeSteps))]
    public void Three_steps_are_those_of_an_independent_implementation(OptimizerSpec spec, double first, double second, double third)
    {
        var parameters = Start.ToArray();
        var optimizer = (spec with { WeightDecay = 0.05 }).Build<double>(3);
        foreach (var gradient in Gradients)
            optimizer.Step(parameters, gradient, learningRate: 0.1);
        Assert.Equal(first, parameters[0], 12);
        Assert.Equal(second, parameters[1], 12);
        Assert.Equal(third, parameters[2], 12);
    }

    [Fact]
    public void Every_known_optimizer_is_compared_with_an_independent_implementation() => Assert.Equal(
        OptimizerSpec.Known.Members.Select(spec => spec.Type).Order(),
        AfterThreeSteps.Select(row => ((OptimizerSpec)row[0]).Type).Distinct().Order());

    [Theory]
    [MemberData(nameof(Known))]
    public void A_parameter_moves_the_same_wherever_it_stands(string type)
    {
        MovesTheSame<float>(type);
        MovesTheSame<double>(type);
    }

    [Theory]
    [MemberData(nameof(Known))]
    public void A_gradient_of_0_from_the_start_moves_nothing(string type)
    {
        var parameters = Start.ToArray();
        var optimizer = (OptimizerSpec.Known.Find(type)! with { WeightDecay = 0 }).Build<double>(3);
        for (var step = 0; step < 3; step++)
            optimizer.Step(parameters, new double[3], learningRate: 0.1);
        Assert.Equal(Start, parameters);
    }

    [Theory]
    [MemberData(nameof(Known))]
    public void The_state_written_back_goes_on_as_before(string type)
    {
        var spec = OptimizerSpec.Known.Find(type)!;
        var (whole, halved) = (Start.ToArray(), Start.ToArray());
        var (optimizer, first, second) = (spec.Build<double>(3), spec.Build<double>(3), spec.Build<double>(3));
        foreach (var gradient in Gradients)
            optimizer.Step(whole, gradient, 0.1);
        first.Step(halved, Gradients[0], 0.1);
        foreach (var (from, to) in first.Vectors.Zip(second.Vectors))
            from.Span.CopyTo(to);
        first.Scalars.CopyTo(second.Scalars, 0);
        second.Step(halved, Gradients[1], 0.1);
        second.Step(halved, Gradients[2], 0.1);
        Assert.Equal(whole, halved);
    }

    [Theory]
    [MemberData(nameof(Known))]
    public void Three_threads_move_many_parameters_to_the_same_bits_as_one(string type)
    {
        const int count = 40_003; // worth sharing, and neither whole blocks nor thirds
        using var team = new Team(3);
        var random = new System.Random(1);
        var (alone, shared) = (new float[count], new float[count]);
        var gradient = new float[count];
        var (one, three) = (OptimizerSpec.Known.Find(type)!.Build<float>(count), OptimizerSpec.Known.Find(type)!.Build<float>(count));
        three.ShareWith(team);
        for (var step = 0; step < 3; step++)
        {
            for (var i = 0; i < count; i++)
                gradient[i] = random.NextSingle() - 0.5f;
            one.Step(alone, gradient, 0.1);
            three.Step(shared, gradient, 0.1);
        }

        Assert.DoesNotContain(0, alone);
        Assert.Equal(alone, shared);
    }

    [Theory]
    [MemberData(nameof(Known))]
    public void Groups_with_rates_of_their_own_move_as_if_each_were_alone(string type)
    {
        var spec = OptimizerSpec.Known.Find(type)! with { WeightDecay = 0.1 };
        var (together, alone, again) = (Start.ToArray(), Start.ToArray(), Start.ToArray());
        var (grouped, resumed) = (Grouped(spec), Grouped(spec));
        var (first, rest) = (spec.Build<double>(1), spec.Build<double>(2));
        for (var step = 0; step < Gradients.Length; step++)
        {
            grouped.Step(together, Gradients[step], 0.1);
            first.Step(alone.AsSpan(0, 1), Gradients[step].AsSpan(0, 1), 0.1 * 6);
            rest.Step(alone.AsSpan(1), Gradients[step].AsSpan(1), 0.1 * 0.5);
            if (step == 0)
            {
                together.CopyTo(again, 0);
                foreach (var (from, to) in grouped.Vectors.Zip(resumed.Vectors))
                    from.Span.CopyTo(to);
                foreach (var (from, to) in grouped.AllScalars.Zip(resumed.AllScalars))
                    from.CopyTo(to, 0);
                continue;
            }

            resumed.Step(again, Gradients[step], 0.1);
        }

        Assert.Equal(alone, together);
        Assert.Equal(together, again);
        Assert.IsNotType<GroupedOptimizer<double>>(GroupedOptimizer<double>.Of(spec, 3, [new RateGroup(1, 1), new RateGroup(2, 1)]));
    }

    private static Optimizer<double> Grouped(OptimizerSpec spec) => GroupedOptimizer<double>.Of(spec, 3, [new RateGroup(1, 6), new RateGroup(2, 0.5)]);

    [Fact]
    public void Steps_of_lion_have_one_size_and_keep_still_at_0()
    {
        double[] parameters = [1, 1, 1];
        new LionSpec().Build<double>(3).Step(parameters, [1e-9, -1e9, 0], learningRate: 0.25);
        Assert.Equal([0.75, 1.25, 1], parameters);
    }

    private static readonly double[] Amsgrad = [0.8027043638848985, -1.8140951050300398, 0.3682812578851109];

    // In a block of 64 bytes or in the partial one behind it: the same bits as alone.
    private static void MovesTheSame<T>(string type)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var spec = OptimizerSpec.Known.Find(type)!;
        T[] alone = [T.CreateChecked(0.3)];
        Move(alone);
        for (var length = 1; length <= 37; length++)
        {
            var many = new T[length];
            Array.Fill(many, T.CreateChecked(0.3));
            Move(many);
            Assert.All(many, p => Assert.Equal(alone[0], p));
        }

        void Move(T[] parameters)
        {
            var optimizer = spec.Build<T>(parameters.Length);
            var gradient = new T[parameters.Length];
            for (var step = 1; step <= 3; step++)
            {
                Array.Fill(gradient, T.CreateChecked(0.7 / step));
                optimizer.Step(parameters, gradient, 0.01);
            }
        }
    }
}
