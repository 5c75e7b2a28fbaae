using Godwit.Settings;

namespace Godwit.Tests.Settings;

public sealed class PasswordLettersTests
{
    [Theory]
    [InlineData("hunter2 !~")]
    [InlineData("größer")]
    [InlineData("пароль")]
    [InlineData("κωδικός")]
    [InlineData("パスワード暗号")]
    [InlineData("비밀번호")]
    [InlineData("ñandú £§±")]
    public void What_SASLprep_leaves_alone_is_the_same_for_every_client(string password) => Assert.True(PasswordLetters.AreUnambiguous(password));

    [Theory]
    [InlineData("gro\u0308sser")] // A letter and its mark are two characters.
    [InlineData("of\ufb01ce")]
    [InlineData("I\u00adX")] // RFC 4013 section 3: becomes IX.
    [InlineData("\u00aa")] // The same: becomes a.
    [InlineData("\u2168")] // The same: becomes IX.
    [InlineData("a\u00a0b")]
    [InlineData("\u0627\u0031")] // The same: refused, for both directions are in it.
    [InlineData("\uff41")]
    [InlineData("\ud83d\ude00")]
    [InlineData("a\u0007")]
    public void What_SASLprep_changes_or_refuses_is_not(string password) => Assert.False(PasswordLetters.AreUnambiguous(password));

    [Fact]
    public void A_check_tells_of_such_a_password_and_does_not_show_it()
    {
        IReadOnlyList<ConfigProblem> problems = ConfigFile.LoadText(
            "spool /x\n<smtp-user tim>\npassword gro\u0308sser\n</smtp-user>\n<domain a.example>\nauth-username x\nauth-password of\ufb01ce\n</domain>\n").Problems;

        Assert.Contains(problems, problem => problem.Line == 3 && problem.Message.Contains("SASLprep", StringComparison.Ordinal));
        Assert.Contains(problems, problem => problem.Line == 7 && problem.Message.Contains("SASLprep", StringComparison.Ordinal));
        Assert.DoesNotContain(problems, problem => problem.Message.Contains("sser", StringComparison.Ordinal) || problem.Message.Contains("ce\n", StringComparison.Ordinal));
    }
}
