using Godwit.Dkim;
using Godwit.Foundation;
using Godwit.Settings;
using Godwit.Tests.Reception;
using Godwit.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Tests.Dkim;

public sealed class VaultedKeyTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly RecordingLog _log = new();

    [Fact]
    public async Task An_answer_that_nobody_foresaw_is_a_fault_for_a_minute_and_then_asked_again()
    {
        string answer = """{"data":{"brand":"\ud800"}}""";
        await using var vault = new VaultServer(_ => answer);
        VaultedKey key = At(vault);

        await key.AskAsync();
        Assert.StartsWith("{vault}:/secret/dkim:brand: ", Assert.Throws<DkimKeyException>(() => key.Key).Message, StringComparison.Ordinal);

        answer = VaultServer.First("brand", DkimKeys.RsaPkcs8);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Throws<KeyNotAtHandException>(() => key.Key);
        await key.AskAsync();
        Assert.Equal(DkimAlgorithm.RsaSha256, key.Key.Algorithm);
    }

    [Fact]
    public async Task A_key_that_cannot_be_renewed_goes_on_signing_and_the_log_says_why()
    {
        string? answer = VaultServer.First("brand", DkimKeys.RsaPkcs8);
        await using var vault = new VaultServer(_ => answer);
        VaultedKey key = At(vault);
        await key.AskAsync();
        DkimKey first = key.Key;
        Assert.DoesNotContain(_log.Lines, line => line.Text.Contains("renewed", StringComparison.Ordinal));

        answer = null;
        _time.Advance(TimeSpan.FromDays(1));
        Assert.Same(first, key.Key);
        await key.AskAsync();

        Assert.Same(first, key.Key);
        Assert.Contains(
            _log.Lines,
            line => line.Text.StartsWith("a key could not be renewed and the one at hand goes on signing: {vault}:/secret/dkim:brand: there is no such path", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_key_that_was_forgotten_is_asked_for_again_before_anything_is_signed()
    {
        string? answer = VaultServer.First("brand", DkimKeys.RsaPkcs8);
        await using var vault = new VaultServer(_ => answer);
        VaultedKey key = At(vault);
        await key.AskAsync();
        DkimKey first = key.Key;

        key.Forget();

        Assert.Throws<KeyNotAtHandException>(() => key.Key);
        await key.AskAsync();
        Assert.NotSame(first, key.Key);

        // A fault is forgotten too: the vault may have the key by now.
        answer = null;
        key.Forget();
        await key.AskAsync();
        Assert.Throws<DkimKeyException>(() => key.Key);
        key.Forget();
        Assert.Throws<KeyNotAtHandException>(() => key.Key);
    }

    private VaultedKey At(VaultServer vault) => new(
        new VaultClient(new VaultSettings { ServerUrl = new Uri(vault.Url), AccessToken = new SecretValue(VaultServer.Token) }, new ServerClock(_time)),
        "/secret/dkim:brand", _log);
}
