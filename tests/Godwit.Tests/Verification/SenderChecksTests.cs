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
    private int _stuck;

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

    [Fact]
    public async Task Contents_that_are_verified_leave_threads_to_those_that_are_signed()
    {
        Assert.SkipWhen(Environment.ProcessorCount < 2, "on one core there is one thread for both");
        var clock = new ServerClock(TimeProvider.System);
        using var signing = new MessageSigning(new SigningDesk("domain-key s1, brand.example, /rsa\n").Keys, clock);
        var checks = new SenderChecks((name, type, _) => new(ContentDesk.Answer(name, type, _ => null)), signing, new Random(1), clock, NullLogger.Instance);
        using var gate = new ManualResetEventSlim();
        var source = new SourceSettings { ArcSeal = global::Godwit.Mail.DomainName.Parse("brand.example") };
        byte[] header = Encoding.ASCII.GetBytes("From: chief@bank.example\r\n");

        // More than there are threads, and each of them reads a body that does not come.
        Task<ContentReport>[] verified =
        [
            .. Enumerable.Range(0, 2 * Environment.ProcessorCount).Select(_ => Task.Run(() => checks.CheckContentAsync(
                source, new IPEndPoint(IPAddress.Loopback, 25000), new SenderFindings(), header, Stuck, TestContext.Current.CancellationToken))),
        ];
        await Support.Eventually.TrueAsync(() => Volatile.Read(ref _stuck) > 0, TimeSpan.FromSeconds(10), "a body is read");
        bool areSigned = true;
        for (int i = 0; i < 50 && areSigned; i++)
        {
            Task signed = signing.SignAsync(() => 1);
            areSigned = await Task.WhenAny(signed, Task.Delay(TimeSpan.FromSeconds(10), TimeProvider.System, TestContext.Current.CancellationToken)) == signed;
        }

        gate.Set();
        await Task.WhenAll(verified);
        Assert.True(areSigned, "what is verified has taken all threads");

        bool Stuck(out ReadOnlyMemory<byte> piece)
        {
            Interlocked.Increment(ref _stuck);
            gate.Wait();
            return Nothing(out piece);
        }
    }

    private static bool Nothing(out ReadOnlyMemory<byte> piece)
    {
        piece = default;
        return false;
    }
}
