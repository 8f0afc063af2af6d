using NnService.Engine.Activations;
using NnService.Engine.Losses;

namespace NnService.Engine;

/// <summary>Links as what they are: activations that were left to whoever reads the logits.</summary>
internal static class OutputLinks
{
    /// <summary>The activation.</summary>
    public static ActivationSpec ToActivation(this OutputLink link) => link switch
    {
        OutputLink.Sigmoid => new SigmoidSpec(),
        OutputLink.Softmax => new SoftmaxSpec(),
        _ => new LinearSpec(),
    };
}
