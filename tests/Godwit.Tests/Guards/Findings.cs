namespace Godwit.Tests.Guards;

/// <summary>What a guard found: shown whole, one finding a line, because a cut list helps nobody to mend it.</summary>
internal static class Findings
{
    public static void AssertNone(IEnumerable<string> findings)
    {
        string[] all = [.. findings];
        Assert.True(all.Length == 0, $"{all.Length} findings:\n{string.Join('\n', all)}");
    }
}
