using System.Security.Cryptography.X509Certificates;
using Godwit.Settings;
using Godwit.Tests.Reception;
using Godwit.Tests.Support;
using Godwit.Tls;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Tests.Tls;

public sealed class KeptAuthoritiesTests
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly RecordingLog _log = new();
    private readonly TestAuthority _first = new("First");
    private readonly TestAuthority _second = new("Second");
    private string? _text;

    public KeptAuthoritiesTests() => _text = _first.Pem;

    [Fact]
    public void A_replaced_file_counts_within_seconds_and_one_that_is_no_good_leaves_what_was()
    {
        ClientTls tls = ClientTls.Open(
            new TlsSettings { CaFile = "/c/ca.pem" }, resumes: false, _ => _text ?? throw new FileNotFoundException(), _time, _log);
        Assert.Equal("CN=First", Assert.Single(tls.Authorities!).Subject);

        _text = _second.Pem;
        Assert.Equal("CN=First", Assert.Single(tls.Authorities!).Subject);
        _time.Advance(KeptCertificate.BetweenLooks);
        X509Certificate2Collection now = tls.Authorities!;
        Assert.Equal("CN=Second", Assert.Single(now).Subject);

        _text = null;
        _time.Advance(KeptCertificate.BetweenLooks);
        Assert.Same(now, tls.Authorities);
        _time.Advance(KeptCertificate.BetweenLooks);
        Assert.Same(now, tls.Authorities);
        Assert.Equal(
            [
                "the file of authorities /c/ca.pem has changed: the 1 certificates in it count for new connections",
                "a changed file of authorities is not used: /c/ca.pem: no such file. The 1 certificates that it had go on to count; correct the file",
            ],
            _log.Lines.Select(line => line.Text.Trim()));
    }
}
