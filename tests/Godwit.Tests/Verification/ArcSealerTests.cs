using Godwit.Tests.Dkim;
using Godwit.Verification;

namespace Godwit.Tests.Verification;

public sealed class ArcSealerTests
{
    [Fact]
    public async Task A_chain_that_we_make_holds_from_the_first_set_to_the_fiftieth_and_then_no_more_is_added()
    {
        string message = SigningDesk.Letter;
        for (int instance = 1; instance <= ArcSet.MaxInstance; instance++)
        {
            message = await SealingDesk.SealAsync(message);
            ArcFinding finding = await FindAsync(message);
            Assert.Equal((ArcResult.Pass, instance, "relay.example"), (finding.Result, finding.Instance, finding.Sealer));
        }

        Assert.Equal(message, await SealingDesk.SealAsync(message));
    }

    [Fact]
    public async Task A_list_that_changes_a_sealed_message_and_seals_it_keeps_the_chain()
    {
        string message = await SealingDesk.SealAsync(SigningDesk.Letter);
        string changed = message.Replace("Subject: hello", "Subject: [list] hello", StringComparison.Ordinal);

        Assert.Equal(ArcResult.Fail, (await FindAsync(changed)).Result);
        string received = "Received: from a by b; now\r\n" + message;
        Assert.Equal(ArcResult.Pass, (await FindAsync(await SealingDesk.SealAsync(received))).Result);
    }

    [Fact]
    public async Task A_broken_chain_is_sealed_once_as_broken_and_then_left_alone()
    {
        string broken = (await SealingDesk.SealAsync(SigningDesk.Letter)).Replace("Subject: hello", "Subject: other", StringComparison.Ordinal);

        string once = await SealingDesk.SealAsync(broken);
        string twice = await SealingDesk.SealAsync(once);

        Assert.Contains(" cv=fail;", once[..once.IndexOf("ARC-Message-Signature", StringComparison.Ordinal)], StringComparison.Ordinal);
        Assert.Equal(once, twice);
        ArcFinding finding = await FindAsync(once);
        Assert.Equal((ArcResult.Fail, true), (finding.Result, finding.IsSealedAsFailed));
    }

    [Fact]
    public async Task A_chain_whose_key_is_not_answered_is_not_put_on_record_as_broken()
    {
        string message = await SealingDesk.SealAsync(SigningDesk.Letter);

        ArcFinding finding = (await ContentDesk.CheckAsync(message, _ => "")).Arc;

        Assert.Equal((ArcResult.Fail, true), (finding.Result, finding.IsTemporary));
        Assert.False(ArcSealer.MaySeal(finding));
    }

    [Fact]
    public async Task A_chain_asks_for_the_keys_of_no_seal_below_one_that_does_not_hold()
    {
        string message = SigningDesk.Letter;
        for (int instance = 1; instance <= 3; instance++)
        {
            message = await SealingDesk.SealAsync(message);
        }

        int first = message.IndexOf("ARC-Seal: i=1;", StringComparison.Ordinal);
        string altered = message[..first] + message[first..].Replace("d=relay.example", "d=victim.example", StringComparison.Ordinal);
        var asked = new List<string>();

        ArcFinding finding = (await ContentDesk.CheckAsync(altered, name =>
        {
            asked.Add(name);
            return SealingDesk.Record(name);
        })).Arc;

        Assert.StartsWith("ARC-Seal 3: ", finding.Reason, StringComparison.Ordinal);
        Assert.Equal(["s1._domainkey.relay.example"], asked);
    }

    [Fact]
    public async Task Lines_of_a_set_are_short_enough_for_mail()
    {
        string message = await SealingDesk.SealAsync(SigningDesk.Letter);

        Assert.All(message.Split("\r\n"), line => Assert.True(line.Length <= 998, line));
        Assert.StartsWith("ARC-Seal: i=1; a=rsa-sha256; d=relay.example; s=s1; ", message, StringComparison.Ordinal);
    }

    private static async Task<ArcFinding> FindAsync(string message) => (await ContentDesk.CheckAsync(message, SealingDesk.Record)).Arc;
}
