namespace NnService.Engine.Training;

/// <summary>What ended a run: the first number that was not finite, and where it came up.</summary>
/// <param name="Value">What was not finite.</param>
/// <param name="Layer">
/// The first layer in which it was not, in the order of computation: from the first on for outputs, from the last on for gradients;
/// null for a loss, an input or a norm.
/// </param>
/// <param name="Step">The step, counted from 1; 0 before training.</param>
/// <param name="Epoch">The epoch, counted from 1; 0 before training.</param>
/// <param name="Rows">Rows of the training part in the step's minibatch, counted from 0; empty where the loss was over a whole part after the step.</param>
public sealed record Divergence(DivergedValue Value, int? Layer, long Step, int Epoch, IReadOnlyList<int> Rows)
{
    private const int RowsNamed = 8;

    /// <summary>All of it in one sentence.</summary>
    public override string ToString() => Epoch == 0
        ? $"Before the first step, {What} is not a finite number."
        : Rows.Count == 0
            ? $"After step {Step} in epoch {Epoch}, {What} is not a finite number."
            : $"In step {Step}, epoch {Epoch}, with {RowsInWords} (counted from 0), {What} is not a finite number.";

    private string What => Value switch
    {
        DivergedValue.Input => "an input",
        DivergedValue.Output => $"the output of layers[{Layer}]",
        DivergedValue.Gradient when Layer is null => "the norm of the gradient",
        DivergedValue.Gradient => $"the gradient of layers[{Layer}]",
        DivergedValue.Parameters when Epoch == 0 => $"a parameter of layers[{Layer}]",
        DivergedValue.Parameters => $"a parameter of layers[{Layer}] after the update",
        _ => "the loss",
    };

    private string RowsInWords =>
        (Rows.Count == 1 ? "row " : "rows ") + string.Join(", ", Rows.Take(RowsNamed)) + (Rows.Count > RowsNamed ? $" … ({Rows.Count} rows)" : "");
}

/// <summary>What can be not finite in a run.</summary>
public enum DivergedValue
{
    /// <summary>An encoded input.</summary>
    Input,

    /// <summary>A layer's output.</summary>
    Output,

    /// <summary>The loss, although all outputs are finite.</summary>
    Loss,

    /// <summary>The gradient of a layer's parameters.</summary>
    Gradient,

    /// <summary>A parameter, although its gradient is finite; before the first step, a starting weight.</summary>
    Parameters,
}
