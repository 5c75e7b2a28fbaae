using Godwit.Settings;

namespace Godwit.Tests.Settings;

/// <summary>The words of <c>command</c>.</summary>
public sealed class ProgramLineTests
{
    public static TheoryData<string, string> Lines => new()
    {
        { "/bin/take --to $to", "/bin/take|--to|{to}" },
        { "\"/bin/take --from \\\"$from\\\" --to $to\"", "/bin/take|--from|{from}|--to|{to}" },
        { "\"/bin/take a\\ b\"", "/bin/take|a b" },
        { "/bin/take \"a b\" \\\"", "/bin/take|a b|\"" },
        { "/bin/take \\$from \\\\ c:\\x", "/bin/take|$from|\\|c:\\x" },
        { "/bin/take \"\" x", "/bin/take||x" },
        { "/bin/take <$FROM>,$domain$user", "/bin/take|<{from}>,{domain}{user}" },
        { "/bin/take $username ${to} $ 5$", "/bin/take|$username|${to}|$|5$" },
        { "  /bin/take\t x  ", "/bin/take|x" },
    };

    [Theory]
    [MemberData(nameof(Lines))]
    public void A_command_is_cut_into_words_before_variables_are_put_in(string written, string words) =>
        Assert.Equal(words, string.Join('|', ProgramLine.Read(written, out _)!.Select(Shown)));

    [Theory]
    [InlineData("/bin/take \"x", "a quote is not closed")]
    [InlineData("", "it names no program")]
    [InlineData("\"  \"", "it names no program")]
    public void What_is_no_command_is_refused_with_a_reason(string written, string reason)
    {
        Assert.Null(ProgramLine.Read(written, out string problem));
        Assert.Equal(reason, problem);
    }

    private static string Shown(MacroText word) => string.Concat(word.Pieces.Select(piece => piece.IsVariable ? $"{{{piece.Text}}}" : piece.Text));
}
