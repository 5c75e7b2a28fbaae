using System.Net;
using System.Text;
using Godwit.Dkim;
using Godwit.Dns;
using Godwit.Foundation;
using Godwit.Settings;
using Godwit.Tests.Dkim;
using Godwit.Verification;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Tests.Verification;

public sealed class SenderChecksTests
{
    [Fact]
    public async Task Keys_that_nobody_answers_for_leave_the_policy_its_own_time()
    {
        var time = new FakeTimeProvider();
        var clock = new ServerClock(time);
        using var signing = new MessageSigning(new SigningDesk("domain-key s1, brand.example, /rsa\n").Keys, clock);
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var checks = new SenderChecks(LookUpAsync, signing, new Random(1), clock, NullLogger.Instance);
        var source = new SourceSettings { CheckDmarcInbound = true };
        var client = new IPEndPoint(IPAddress.Loopback, 25000);
        var sender = new SenderFindings { Spf = new SpfVerdict(SpfResult.Fail, "slow.example", "", "") { Identity = "slow.example" } };
        byte[] header = Encoding.ASCII.GetBytes(
            "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=slow.example; s=s1; h=from; bh=AAAA; b=AAAA\r\nFrom: chief@bank.example\r\n");

        Task<ContentReport> check = checks.CheckContentAsync(source, client, sender, header, Nothing, TestContext.Current.CancellationToken);
        await asked.Task;
        time.Advance(SenderChecks.Deadline);
        SenderFindings found = (await check).Findings;

        Assert.Equal(SignatureResult.TempError, Assert.Single(found.Signatures!).Result);
        Assert.Equal((DmarcResult.Fail, DmarcPolicy.Reject), (found.Dmarc!.Result, found.Dmarc.Policy));

        async ValueTask<NameAnswer> LookUpAsync(string name, DnsType type, CancellationToken cancellation)
        {
            if (name.EndsWith("slow.example", StringComparison.Ordinal))
            {
                asked.TrySetResult();
                await Task.Delay(Timeout.Infinite, cancellation);
            }

            cancellation.ThrowIfCancellationRequested();
            return ContentDesk.Answer(name, type, each => each == "_dmarc.bank.example" ? "v=DMARC1; p=reject" : null);
        }
    }

    private static bool Nothing(out ReadOnlyMemory<byte> piece)
    {
        piece = default;
        return false;
    }
}
