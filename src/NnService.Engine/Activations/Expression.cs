using System.Numerics;
using NnService.Engine.Kernels;

namespace NnService.Engine.Activations;

/// <summary>
/// A function of one number z, written down once: its value, its derivative, its text and LaTeX (<c>Explain/ExpressionNotation.cs</c>), its C and its ONNX
/// (<c>Export/CExpression.cs</c>, <c>Export/OnnxExpression.cs</c>) follow from the tree. The operations are done in the order in which they stand, so that
/// a kernel and a C function that keep to it give the same bits.
/// </summary>
internal abstract class Expression
{
    /// <summary>z itself.</summary>
    public static Expression Z { get; } = new Variable();

    /// <summary>The value at z, computed in <typeparamref name="T"/>; constants are rounded to it first.</summary>
    public abstract T ValueAt<T>(T z)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    /// <summary>The derivative after z; at a kink that of the branch for z ≤ 0.</summary>
    public abstract Expression Derivative { get; }

    /// <summary>A number.</summary>
    public static implicit operator Expression(double value) => new Constant(value);

    /// <summary>a + b</summary>
    public static Expression operator +(Expression a, Expression b) => new Sum(a, b);

    /// <summary>a − b</summary>
    public static Expression operator -(Expression a, Expression b) => new Difference(a, b);

    /// <summary>a · b</summary>
    public static Expression operator *(Expression a, Expression b) => new Product(a, b);

    /// <summary>A factor of 1 / <paramref name="divisor"/>, rounded once, which is written as a division.</summary>
    /// <param name="value">The factor.</param>
    /// <param name="divisor">What is divided by, as text, such as <c>√2</c>.</param>
    /// <param name="latex">The same in LaTeX.</param>
    public static Expression Over(double value, string divisor, string latex) => new Constant(value) { Divisor = (divisor, latex) };

    /// <summary>e^x</summary>
    public static Expression Exp(Expression x) => new Call(ElementaryFunction.Exp, x);

    /// <summary>e^x − 1</summary>
    public static Expression Expm1(Expression x) => new Call(ElementaryFunction.Expm1, x);

    /// <summary>tanh x</summary>
    public static Expression Tanh(Expression x) => new Call(ElementaryFunction.Tanh, x);

    /// <summary>The error function.</summary>
    public static Expression Erf(Expression x) => new Call(ElementaryFunction.Erf, x);

    /// <summary>1 / (1 + e^−x)</summary>
    public static Expression Sigmoid(Expression x) => new Call(ElementaryFunction.Sigmoid, x);

    /// <summary>ln(1 + e^x)</summary>
    public static Expression Softplus(Expression x) => new Call(ElementaryFunction.Softplus, x);

    /// <summary>The larger of two; <paramref name="a"/> where they are equal, <paramref name="b"/> where one is NaN.</summary>
    public static Expression Max(Expression a, Expression b) => new Maximum(a, b);

    /// <summary><paramref name="then"/> where <paramref name="x"/> is above 0, else <paramref name="otherwise"/>.</summary>
    public static Expression WherePositive(Expression x, Expression then, Expression otherwise) => new Choice(x, then, otherwise);

    internal sealed class Variable : Expression
    {
        public override Expression Derivative => 1;

        public override T ValueAt<T>(T z) => z;
    }

    internal sealed class Constant(double value) : Expression
    {
        public double Value => value;

        /// <summary>Where it is written as a division: what by.</summary>
        public (string Text, string Latex)? Divisor { get; init; }

        public override Expression Derivative => 0;

        public override T ValueAt<T>(T z) => T.CreateTruncating(value);
    }

    internal sealed class Sum(Expression a, Expression b) : Expression
    {
        public Expression A => a;

        public Expression B => b;

        public override Expression Derivative => a.Derivative + b.Derivative;

        public override T ValueAt<T>(T z) => a.ValueAt(z) + b.ValueAt(z);
    }

    internal sealed class Difference(Expression a, Expression b) : Expression
    {
        public Expression A => a;

        public Expression B => b;

        public override Expression Derivative => a.Derivative - b.Derivative;

        public override T ValueAt<T>(T z) => a.ValueAt(z) - b.ValueAt(z);
    }

    internal sealed class Product(Expression a, Expression b) : Expression
    {
        public Expression A => a;

        public Expression B => b;

        public override Expression Derivative => (a.Derivative * b) + (a * b.Derivative);

        public override T ValueAt<T>(T z) => a.ValueAt(z) * b.ValueAt(z);
    }

    internal sealed class Call(ElementaryFunction function, Expression x) : Expression
    {
        private const double TwoOverRootOfPi = 1.12837916709551257390;

        public ElementaryFunction Function => function;

        public Expression X => x;

        public override Expression Derivative => x.Derivative * function switch
        {
            ElementaryFunction.Exp or ElementaryFunction.Expm1 => Exp(x),
            ElementaryFunction.Tanh => 1 - (this * this),
            ElementaryFunction.Erf => TwoOverRootOfPi * Exp(-1.0 * (x * x)),
            ElementaryFunction.Sigmoid => this * (1 - this),
            ElementaryFunction.Softplus => Sigmoid(x),
            _ => throw new NotSupportedException($"The derivative of {function} is not known."),
        };

        public override T ValueAt<T>(T z)
        {
            var at = x.ValueAt(z);
            return function switch
            {
                ElementaryFunction.Exp => Transcendentals.Exp(at),
                ElementaryFunction.Expm1 => Transcendentals.Expm1(at),
                ElementaryFunction.Tanh => Transcendentals.Tanh(at),
                ElementaryFunction.Erf => Transcendentals.Erf(at),
                ElementaryFunction.Sigmoid => Transcendentals.Sigmoid(at),
                ElementaryFunction.Softplus => Transcendentals.Softplus(at),
                _ => throw new NotSupportedException($"The value of {function} is not known."),
            };
        }
    }

    internal sealed class Maximum(Expression a, Expression b) : Expression
    {
        public Expression A => a;

        public Expression B => b;

        public override Expression Derivative => new Choice(b - a, b.Derivative, a.Derivative);

        public override T ValueAt<T>(T z)
        {
            var (first, second) = (a.ValueAt(z), b.ValueAt(z));
            return second <= first ? first : second;
        }
    }

    internal sealed class Choice(Expression x, Expression then, Expression otherwise) : Expression
    {
        public Expression X => x;

        public Expression Then => then;

        public Expression Otherwise => otherwise;

        public override Expression Derivative => new Choice(x, then.Derivative, otherwise.Derivative);

        public override T ValueAt<T>(T z) => x.ValueAt(z) > T.Zero ? then.ValueAt(z) : otherwise.ValueAt(z);
    }
}

/// <summary>Functions that an <see cref="Expression"/> may call: those of <c>Kernels/Transcendentals.cs</c>.</summary>
internal enum ElementaryFunction
{
    /// <summary>e^x</summary>
    Exp,

    /// <summary>e^x − 1</summary>
    Expm1,

    /// <summary>tanh x</summary>
    Tanh,

    /// <summary>The error function.</summary>
    Erf,

    /// <summary>1 / (1 + e^−x)</summary>
    Sigmoid,

    /// <summary>ln(1 + e^x)</summary>
    Softplus,
}
