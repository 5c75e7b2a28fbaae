// A verifier that others wrote judges the seals of Godwit: rspamd follows chains of one to three sets, and does not believe one that was altered.

using System.Text;
using Godwit.Tests.Dkim;
using Godwit.Tests.Support;
using Godwit.Tests.Verification;

namespace Godwit.Tests.Peers;

[Trait("Category", "slow")]
public sealed class ArcVerifierTests
{
    [Fact]
    public async Task Rspamd_follows_our_chains_and_believes_no_altered_one()
    {
        Tool.Need("rspamd", "unbound");
        string[] strings = [.. DkimKeys.RsaRecord.Chunk(255).Select(part => $"\"{new string(part)}\"")];
        await using LocalDns dns = await LocalDns.StartAsync(
            [$"s1._domainkey.relay.example. 300 IN TXT {string.Join(' ', strings)}"], "  local-zone: \"example.\" static");
        await using RspamdInstance rspamd = await RspamdInstance.StartAsync(dns.Port);

        string message = SigningDesk.Letter;
        Assert.Contains("ARC_NA", (await rspamd.JudgeAsync(Encoding.Latin1.GetBytes(message))).Keys);
        for (int instance = 1; instance <= 3; instance++)
        {
            message = await SealingDesk.SealAsync(message);
            IReadOnlyDictionary<string, string[]> good = await rspamd.JudgeAsync(Encoding.Latin1.GetBytes(message));
            IReadOnlyDictionary<string, string[]> bad = await rspamd.JudgeAsync(
                Encoding.Latin1.GetBytes(message.Replace("Subject: hello", "Subject: other", StringComparison.Ordinal)));

            Assert.True(good.TryGetValue("ARC_ALLOW", out string[]? seal) && seal.SequenceEqual([$"relay.example:s=s1:i={instance}"]), Shown(good));
            Assert.DoesNotContain("ARC_ALLOW", bad.Keys);
            Assert.Contains("ARC_REJECT", bad.Keys);
        }
    }

    private static string Shown(IReadOnlyDictionary<string, string[]> symbols) =>
        string.Join(", ", symbols.Select(each => $"{each.Key}: {string.Join(' ', each.Value)}"));
}
