using System.Net;
using Godwit.Dns;
using Godwit.Foundation;
using Godwit.Tests.Support;
using Godwit.Verification;

namespace Godwit.Tests.Verification;

/// <summary>The names that senders' policies ask for, over a real resolver.</summary>
public sealed class ResolverLookupTests
{
    [Theory]
    [InlineData("bounce+ann=example.net", "pass")]
    [InlineData("ann/list", "pass")]
    [InlineData("who-else", "fail")]
    public async Task A_policy_may_name_senders_by_local_parts_that_no_host_is_called(string localPart, string expected)
    {
        await using var dns = new ScriptedDnsServer();
        dns.Zone("example.org").Txt("@", "v=spf1 exists:%{l}._users.%{d} -all")
            .A("bounce+ann=example.net._users", "127.0.0.2").A("ann/list._users", "127.0.0.2");
        await using var resolver = new DnsResolver(() => [dns.EndPoint], new ServerClock(TimeProvider.System));
        var identity = new SpfIdentity(IPAddress.Parse("192.0.2.1"), "mail.example.org", $"{localPart}@example.org", "mx.test");

        SpfVerdict verdict = await SpfCheck.RunAsync(
            ResolverLookup.Of(resolver), identity, 2, 1_800_000_000, null, TestContext.Current.CancellationToken);

        Assert.Equal(expected, verdict.Word);
    }

    [Theory]
    [InlineData("[192.0.2.1]")]
    [InlineData("a..example.org")]
    [InlineData("j\u00e9r\u00f4me\u0001.example.org")]
    [InlineData("")]
    public async Task What_cannot_be_a_name_is_not_asked_for(string name)
    {
        await using var dns = new ScriptedDnsServer();
        await using var resolver = new DnsResolver(() => [dns.EndPoint], new ServerClock(TimeProvider.System));

        NameAnswer answer = await ResolverLookup.Of(resolver)(name, DnsType.A, TestContext.Current.CancellationToken);

        Assert.Equal(DnsStatus.NoSuchName, answer.Status);
        Assert.Empty(dns.Queries);
    }
}
