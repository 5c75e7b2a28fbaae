using Godwit.Disposition;
using Godwit.Foundation;
using Godwit.Settings;

namespace Godwit.Tests.Disposition;

public sealed class ProgramVerdictsTests
{
    private static readonly Instant _now = Instant.FromUnixMilliseconds(1_800_000_000_000);
    private static readonly DeliverySettings _settings = new() { RetryRecipientsAfter = TimeSpan.FromMinutes(7) };

    [Theory]
    [InlineData(0, VerdictKind.Delivered, "2.0.0")]
    [InlineData(1, VerdictKind.Bounced, "5.3.0")]
    [InlineData(64, VerdictKind.Bounced, "5.5.4")]
    [InlineData(65, VerdictKind.Bounced, "5.5.2")]
    [InlineData(66, VerdictKind.Bounced, "5.3.0")]
    [InlineData(67, VerdictKind.Bounced, "5.1.1")]
    [InlineData(68, VerdictKind.Bounced, "5.1.2")]
    [InlineData(69, VerdictKind.Bounced, "5.3.0")]
    [InlineData(70, VerdictKind.Bounced, "5.3.0")]
    [InlineData(71, VerdictKind.Deferred, "4.3.0")]
    [InlineData(72, VerdictKind.Bounced, "5.3.0")]
    [InlineData(73, VerdictKind.Bounced, "5.2.0")]
    [InlineData(74, VerdictKind.Deferred, "4.3.0")]
    [InlineData(75, VerdictKind.Deferred, "4.3.0")]
    [InlineData(76, VerdictKind.Bounced, "5.5.0")]
    [InlineData(77, VerdictKind.Bounced, "5.7.1")]
    [InlineData(78, VerdictKind.Bounced, "5.3.5")]
    [InlineData(255, VerdictKind.Bounced, "5.3.0")]
    public void An_exit_code_means_what_the_system_says_it_means(int code, VerdictKind kind, string status)
    {
        Verdict verdict = ProgramVerdicts.Of(new ProgramEnd(code, 0), "/bin/take", "", _settings, _now);

        Assert.Equal((kind, status), (verdict.Kind, verdict.Status.ToString()));
        Assert.Equal(kind == VerdictKind.Deferred ? _now + TimeSpan.FromMinutes(7) : default, verdict.NotBefore);
        Assert.True(verdict.IsLocal);
    }

    [Fact]
    public void A_program_that_was_killed_gets_its_mail_again()
    {
        Verdict verdict = ProgramVerdicts.Of(new ProgramEnd(-1, 9), "/bin/take", "", _settings, _now);

        Assert.Equal((VerdictKind.Deferred, "451 4.3.0 /bin/take was ended by signal 9"), (verdict.Kind, verdict.Reply.ToString()));
    }

    [Fact]
    public void What_the_program_said_stands_in_the_reply() =>
        Assert.Equal("550 5.1.1 /bin/take ended with exit code 67 (EX_NOUSER): no such box",
            ProgramVerdicts.Of(new ProgramEnd(67, 0), "/bin/take", "no such box", _settings, _now).Reply.ToString());
}
