// "check dkim" on a whole server: what it says of keys that DNS publishes rightly, wrongly and not at all.

using Godwit.Tests.Support;

namespace Godwit.Tests.Scenarios;

public sealed class KeysArePublished : IAsyncDisposable
{
    private readonly ScriptedDnsServer _dns = new();
    private readonly string _keys = Directory.CreateTempSubdirectory("godwit-keys-").FullName;

    public KeysArePublished()
    {
        File.WriteAllText(Path.Combine(_keys, "rsa.pem"), DkimKeys.Rsa);
        File.WriteAllText(Path.Combine(_keys, "ed.pem"), DkimKeys.Ed25519);
    }

    public async ValueTask DisposeAsync()
    {
        await _dns.DisposeAsync();
        Directory.Delete(_keys, recursive: true);
    }

    [Fact]
    public async Task A_key_that_is_published_as_it_is_is_said_to_be()
    {
        await using RunningServer server = await StartAsync(
            ("s1", DkimKeys.RsaRecord), ("ed", DkimKeys.Ed25519Record));

        string said = await server.RunAsync("check dkim mail.brand.example");

        Assert.Equal(
            $"s1._domainkey.brand.example  rsa-sha256  {_keys}/rsa.pem: published as it is\n"
            + $"ed._domainkey.brand.example  ed25519-sha256  {_keys}/ed.pem: published as it is\n",
            said);
    }

    [Fact]
    public async Task A_key_that_is_not_published_is_shown_with_what_to_publish()
    {
        await using RunningServer server = await StartAsync(("ed", DkimKeys.Ed25519Record + "; t=y"));

        string said = await server.RunAsync("check dkim brand.example");

        Assert.Contains(
            $"s1._domainkey.brand.example  rsa-sha256  {_keys}/rsa.pem: DNS has no such record\n"
            + $"  publish s1._domainkey.brand.example. TXT \"{DkimKeys.RsaRecord}\"\n",
            said,
            StringComparison.Ordinal);
        Assert.Contains("ed.pem: published as it is; published with t=y: receivers are told that the domain only tries DKIM\n", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("v=DKIM1; k=rsa; p=", "the key was revoked")]
    [InlineData("v=DKIM1; k=rsa; p=AAAA", "what is published is no key")]
    [InlineData("v=DKIM1; k=rsa; p=!", "p= is no base64")]
    [InlineData("v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", "another key is published")]
    public async Task Another_record_than_the_keys_own_is_named(string record, string fault)
    {
        await using RunningServer server = await StartAsync(("s1", record), ("ed", DkimKeys.Ed25519Record));

        Assert.Contains($"/rsa.pem: {fault}\n", await server.RunAsync("check dkim brand.example"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_domain_without_a_key_is_told_what_that_means()
    {
        await using RunningServer server = await StartAsync();

        Assert.Equal(
            "no domain-key of the configuration is for stranger.example: its mail leaves unsigned\n", await server.RunAsync("check dkim stranger.example"));
    }

    private async Task<RunningServer> StartAsync(params (string Selector, string Record)[] records)
    {
        ScriptedZone zone = _dns.Zone("brand.example").Exists();
        foreach ((string selector, string record) in records)
        {
            zone.Txt($"{selector}._domainkey", [.. record.Chunk(255).Select(part => new string(part))]);
        }

        return await RunningServer.StartAsync(
            $"domain-key s1, brand.example, {_keys}/rsa.pem\ndomain-key ed, brand.example, {_keys}/ed.pem\n<domain *>\ndkim-sign yes\n</domain>\n", _dns);
    }
}
