using System.Runtime.CompilerServices;

namespace Godwit.Tests.Simulation;

/// <summary>Assertions that are made millions of times: the text is built only when one fails.</summary>
internal static class Promise
{
    public static void Holds(bool condition, [InterpolatedStringHandlerArgument(nameof(condition))] ref PromiseText broken)
    {
        if (!condition)
        {
            Assert.Fail(broken.ToString());
        }
    }
}

/// <summary>Text of a broken promise.</summary>
[InterpolatedStringHandler]
internal ref struct PromiseText
{
    private DefaultInterpolatedStringHandler _text;

    public PromiseText(int literalLength, int formattedCount, bool condition, out bool isBroken)
    {
        isBroken = !condition;
        _text = isBroken ? new DefaultInterpolatedStringHandler(literalLength, formattedCount) : default;
    }

    public void AppendLiteral(string text) => _text.AppendLiteral(text);

    public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);

    public override string ToString() => _text.ToStringAndClear();
}
