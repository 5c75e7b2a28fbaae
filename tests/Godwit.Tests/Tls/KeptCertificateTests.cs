using Godwit.Settings;
using Godwit.Tests.Reception;
using Godwit.Tests.Support;
using Godwit.Tls;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Tests.Tls;

public sealed class KeptCertificateTests
{
    private static readonly TestAuthority _authority = new();

    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly RecordingLog _log = new();
    private string? _text = _authority.Issue("first.test").Pem;
    private int _reads;

    [Fact]
    public void A_file_that_stays_as_it_is_gives_the_same_context_for_ever()
    {
        KeptCertificate kept = Open();
        var first = kept.Context;
        for (int i = 0; i < 10; i++)
        {
            _time.Advance(KeptCertificate.BetweenLooks);
            Assert.Same(first, kept.Context);
        }

        Assert.Empty(_log.Lines);
    }

    [Fact]
    public void However_many_ask_the_file_is_looked_at_now_and_then_only()
    {
        KeptCertificate kept = Open();
        for (int i = 0; i < 100; i++)
        {
            _ = kept.Context;
        }

        Assert.Equal(1, _reads);
        _time.Advance(KeptCertificate.BetweenLooks);
        for (int i = 0; i < 100; i++)
        {
            _ = kept.Context;
        }

        Assert.Equal(2, _reads);
    }

    [Fact]
    public void A_file_that_has_got_worse_is_told_once_and_what_was_stays_in_use()
    {
        KeptCertificate kept = Open();
        _text = "nothing";
        Pass(kept, 3);

        Assert.Equal("CN=first.test", kept.Certificate.Subject);
        Assert.Contains("/c/mx.pem holds no certificate", Assert.Single(_log.Lines).Text, StringComparison.Ordinal);

        // Something else is wrong with it now; then it is good again, and then it is gone.
        _text = null;
        Pass(kept, 3);
        Assert.Contains("/c/mx.pem: no such file", _log.Lines.ElementAt(1).Text, StringComparison.Ordinal);
        _text = _authority.Issue("second.test").Pem;
        Pass(kept, 3);
        Assert.Equal("CN=second.test", kept.Certificate.Subject);
        Assert.Contains("has changed: CN=second.test", _log.Lines.ElementAt(2).Text, StringComparison.Ordinal);
        _text = null;
        Pass(kept, 3);
        Assert.Equal(4, _log.Lines.Count);
    }

    [Fact]
    public void A_file_that_comes_back_as_it_was_is_no_news()
    {
        string before = _text!;
        KeptCertificate kept = Open();
        var first = kept.Context;
        _text = null;
        Pass(kept, 1);
        _text = before;
        Pass(kept, 1);

        Assert.Same(first, kept.Context);
        Assert.Single(_log.Lines);
    }

    [Fact]
    public void A_file_that_is_no_good_at_the_start_is_an_exception_that_names_it()
    {
        _text = "nothing";
        Assert.StartsWith("/c/mx.pem holds no certificate", Assert.Throws<TlsFileException>(Open).Message, StringComparison.Ordinal);
    }

    private KeptCertificate Open() => KeptCertificate.Open(
        new CertificateFile("/c/mx.pem", default),
        _ =>
        {
            _reads++;
            return _text ?? throw new FileNotFoundException();
        },
        _time,
        _log);

    private void Pass(KeptCertificate kept, int looks)
    {
        for (int i = 0; i < looks; i++)
        {
            _time.Advance(KeptCertificate.BetweenLooks);
            _ = kept.Context;
        }
    }
}
