using System.Security.Authentication;
using Godwit.Tls;

namespace Godwit.Tests.Tls;

public sealed class HandshakeFaultTests
{
    [Fact]
    public void The_first_reason_of_OpenSSL_is_what_is_said()
    {
        var failure = new AuthenticationException("Authentication failed, see inner exception.", new InvalidOperationException(
            "SSL Handshake failed with OpenSSL error - SSL_ERROR_SSL.", new InvalidOperationException("error:0A000102:SSL routines::unsupported protocol")));

        Assert.Equal("unsupported protocol", HandshakeFault.Explain(failure));
    }

    [Fact]
    public void An_alert_is_the_peers() => Assert.Equal(
        "the peer's alert: unknown ca",
        HandshakeFault.Explain(new AuthenticationException("x", new IOException("error:0A000418:SSL routines::tlsv1 alert unknown ca"))));

    [Fact]
    public void What_we_say_ourselves_stays_and_the_rest_is_one_line_with_an_end()
    {
        Assert.Equal("the TLS handshake did not end in time", HandshakeFault.Explain(new AuthenticationException("the TLS handshake did not end in time", new IOException("EOF"))));
        Assert.Equal("Cannot determine the frame size", HandshakeFault.Explain(new AuthenticationException("Cannot determine the frame size")));
        Assert.Equal(200, HandshakeFault.Explain(new AuthenticationException(string.Concat(Enumerable.Repeat("a\r\nb", 100)))).Length);
        Assert.DoesNotContain('\n', HandshakeFault.Explain(new AuthenticationException(string.Concat(Enumerable.Repeat("a\r\nb", 100)))));
    }
}
