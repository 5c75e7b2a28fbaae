using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Godwit.Smtp;

namespace Godwit.Tests.Smtp;

public sealed class SmtpConnectionTests
{
    [Fact]
    public async Task Octets_arrive_in_order_however_they_are_split()
    {
        await using ConnectionPair pair = await ConnectionPair.OpenAsync();
        foreach (string part in new[] { "EH", "LO ex", "ample.com\r", "\n" })
        {
            await pair.Peer.SendAsync(Encoding.ASCII.GetBytes(part));
        }

        await ReadAtLeastAsync(pair.Ours, 18);
        Assert.Equal("EHLO example.com\r\n"u8, pair.Ours.Buffered);

        pair.Ours.Consume(5);
        Assert.Equal("example.com\r\n"u8, pair.Ours.Buffered);
    }

    [Fact]
    public async Task What_is_not_consumed_stays_when_more_arrives()
    {
        await using ConnectionPair pair = await ConnectionPair.OpenAsync();
        byte[] sent = [.. Enumerable.Range(0, 40_000).Select(i => (byte)(i % 251))];
        Task sending = pair.Peer.SendAsync(sent);

        await ReadAtLeastAsync(pair.Ours, 1);
        pair.Ours.Consume(1);
        await ReadAtLeastAsync(pair.Ours, sent.Length - 1);
        await sending;

        Assert.True(pair.Ours.Buffered.SequenceEqual(sent.AsSpan(1)));
    }

    [Fact]
    public async Task A_peer_that_nobody_consumes_is_bounded()
    {
        await using ConnectionPair pair = await ConnectionPair.OpenAsync();
        Task sending = pair.Peer.SendAsync(new byte[SmtpConnection.MaxBuffered + 1]);

        SmtpReadStatus status;
        while ((status = await pair.Ours.ReadMoreAsync()) == SmtpReadStatus.Ok)
        {
            Assert.True(pair.Ours.Buffered.Length <= SmtpConnection.MaxBuffered);
        }

        Assert.Equal(SmtpReadStatus.TooLong, status);
        await sending;
    }

    [Fact]
    public async Task Consuming_more_than_there_is_is_a_broken_invariant()
    {
        await using ConnectionPair pair = await ConnectionPair.OpenAsync();
        Assert.Throws<InvalidOperationException>(() => pair.Ours.Consume(1));
    }

    [Fact]
    public async Task A_peer_that_closes_or_resets_is_a_status()
    {
        await using ConnectionPair closing = await ConnectionPair.OpenAsync();
        closing.Peer.Shutdown(SocketShutdown.Send);
        Assert.Equal(SmtpReadStatus.Closed, await closing.Ours.ReadMoreAsync());

        await using ConnectionPair resetting = await ConnectionPair.OpenAsync();
        resetting.Peer.LingerState = new LingerOption(true, 0);
        resetting.Peer.Dispose();
        Assert.Equal(SmtpReadStatus.Closed, await resetting.Ours.ReadMoreAsync());
        resetting.Ours.Write("250 ok\r\n"u8);
        Assert.False(await resetting.Ours.FlushAsync());
        Assert.Equal(0, resetting.Ours.PendingOutput);
    }

    [Fact]
    public async Task A_silent_peer_times_out_within_a_second_of_its_deadline()
    {
        await using ConnectionPair pair = await ConnectionPair.OpenAsync();
        pair.Ours.SetDeadline(TimeSpan.FromSeconds(30));
        ValueTask<SmtpReadStatus> reading = pair.Ours.ReadMoreAsync();
        pair.Time.Advance(TimeSpan.FromSeconds(29));
        Assert.False(reading.IsCompleted);

        pair.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(SmtpReadStatus.TimedOut, await reading);
        Assert.Equal(SmtpReadStatus.TimedOut, await pair.Ours.ReadMoreAsync());
    }

    [Fact]
    public async Task A_missed_deadline_leaves_time_for_last_words_and_no_more()
    {
        await using ConnectionPair pair = await ConnectionPair.OpenAsync();
        pair.Ours.SetDeadline(TimeSpan.FromSeconds(5));
        ValueTask<SmtpReadStatus> reading = pair.Ours.ReadMoreAsync();
        pair.Time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(SmtpReadStatus.TimedOut, await reading);
        pair.Ours.SetDeadline(TimeSpan.FromHours(1));
        pair.Ours.Write("421 4.4.2 too slow\r\n"u8);
        Assert.True(await pair.Ours.FlushAsync());

        pair.Time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal("421 4.4.2 too slow\r\n"u8.ToArray(), await pair.ReceiveAllAsync());
        pair.Ours.Write("more\r\n"u8);
        Assert.False(await pair.Ours.FlushAsync());
    }

    [Fact]
    public async Task A_stopped_reader_may_still_say_goodbye()
    {
        await using ConnectionPair pair = await ConnectionPair.OpenAsync();
        ValueTask<SmtpReadStatus> reading = pair.Ours.ReadMoreAsync();
        await Task.Run(pair.Ours.StopReading);
        Assert.Equal(SmtpReadStatus.Stopped, await reading);
        Assert.Equal(SmtpReadStatus.Stopped, await pair.Ours.ReadMoreAsync());

        pair.Ours.Write("421 4.3.2 shutting down\r\n"u8);
        Assert.True(await pair.Ours.FlushAsync());
        await pair.Ours.DisposeAsync();
        Assert.Equal("421 4.3.2 shutting down\r\n"u8.ToArray(), await pair.ReceiveAllAsync());
    }

    [Fact]
    public async Task A_later_deadline_replaces_an_earlier_one()
    {
        await using ConnectionPair pair = await ConnectionPair.OpenAsync();
        pair.Ours.SetDeadline(TimeSpan.FromSeconds(5));
        pair.Time.Advance(TimeSpan.FromSeconds(4));
        pair.Ours.SetDeadline(TimeSpan.FromSeconds(5));
        pair.Time.Advance(TimeSpan.FromSeconds(4));
        pair.Ours.SetDeadline(Timeout.InfiniteTimeSpan);
        pair.Time.Advance(TimeSpan.FromHours(4));
        pair.Ours.SetDeadline(TimeSpan.MaxValue);
        pair.Time.Advance(TimeSpan.FromHours(4));

        await pair.Peer.SendAsync(new byte[1]);
        Assert.Equal(SmtpReadStatus.Ok, await pair.Ours.ReadMoreAsync());
    }

    [Fact]
    public async Task A_peer_that_does_not_read_cannot_hold_a_flush_for_ever()
    {
        await using ConnectionPair pair = await ConnectionPair.OpenAsync();
        pair.Ours.SetDeadline(TimeSpan.FromSeconds(10));
        ValueTask<bool> flushing = pair.Ours.FlushAsync(new byte[64 * 1024 * 1024]);
        Assert.False(flushing.IsCompleted);

        pair.Time.Advance(TimeSpan.FromSeconds(11));
        Assert.False(flushing.IsCompleted);
        pair.Time.Advance(SmtpConnection.LastWords);
        Assert.False(await flushing);
    }

    [Fact]
    public async Task Abort_from_another_thread_ends_a_pending_read()
    {
        await using ConnectionPair pair = await ConnectionPair.OpenAsync();
        ValueTask<SmtpReadStatus> reading = pair.Ours.ReadMoreAsync();
        await Task.Run(pair.Ours.Abort);
        Assert.Equal(SmtpReadStatus.Closed, await reading);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(5_000_000)]
    public async Task Pending_output_goes_before_the_octets_flushed_with_it(int length)
    {
        await using ConnectionPair pair = await ConnectionPair.OpenAsync();
        byte[] content = [.. Enumerable.Range(0, length).Select(i => (byte)(i % 253))];
        Task<byte[]> receiving = pair.ReceiveAllAsync();

        pair.Ours.Write("DATA "u8);
        pair.Ours.Write("now\r\n"u8);
        Assert.True(await pair.Ours.FlushAsync(content));
        await pair.Ours.DisposeAsync();

        byte[] expected = [.. "DATA now\r\n"u8.ToArray(), .. content];
        byte[] received = await receiving;
        Assert.True(received.AsSpan().SequenceEqual(expected));
    }

    [Fact]
    public async Task Writing_without_a_flush_ends_at_a_bound()
    {
        await using ConnectionPair pair = await ConnectionPair.OpenAsync();
        byte[] most = new byte[SmtpConnection.MaxPendingOutput];
        pair.Ours.Write(most);
        Assert.Throws<InvalidOperationException>(() => pair.Ours.Write("x"u8));
    }

    [Fact]
    public async Task Lingering_lets_a_peer_that_is_still_sending_read_the_last_reply()
    {
        await using ConnectionPair pair = await ConnectionPair.OpenAsync();
        await pair.Peer.SendAsync("EHLO a\r\nMAIL FROM:<a@b>\r\n"u8.ToArray());
        pair.Ours.Write("421 too busy\r\n"u8);
        Assert.True(await pair.Ours.FlushAsync());
        Task lingering = pair.Ours.LingerAsync().AsTask();
        await pair.Peer.SendAsync("QUIT\r\n"u8.ToArray());

        Assert.Equal("421 too busy\r\n"u8.ToArray(), await pair.ReceiveAllAsync());
        pair.Peer.Dispose();
        await lingering;
    }

    [Fact]
    public async Task Disposing_twice_and_forgetting_the_deadline_is_safe()
    {
        await using ConnectionPair pair = await ConnectionPair.OpenAsync();
        pair.Ours.SetDeadline(TimeSpan.FromSeconds(1));
        Assert.Equal(1, pair.Deadlines.Count);
        await pair.Ours.DisposeAsync();
        await pair.Ours.DisposeAsync();
        Assert.Equal(0, pair.Deadlines.Count);
        pair.Time.Advance(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Both_ends_can_speak_tls_and_what_was_buffered_before_does_not_count()
    {
        await using ConnectionPair pair = await ConnectionPair.OpenAsync();
        using X509Certificate2 certificate = NewCertificate();
        using var deadlines = new ConnectionDeadlines(TimeProvider.System);
        await pair.Peer.SendAsync("RSET\r\n"u8.ToArray());
        await ReadAtLeastAsync(pair.Ours, 6);

        await using var client = new SmtpConnection(pair.Peer, deadlines);
        await Task.WhenAll(
            pair.Ours.StartTlsAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, CancellationToken.None),
            client.StartTlsAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "test", RemoteCertificateValidationCallback = (_, shown, _, _) => shown!.Equals(certificate) }, CancellationToken.None));
        Assert.True(pair.Ours.Buffered.IsEmpty);
        Assert.StartsWith("TLSv1.", pair.Ours.TlsProtocol);
        Assert.Equal(pair.Ours.TlsCipher, client.TlsCipher);
        Assert.StartsWith("TLS_", client.TlsCipher);

        client.Write("EHLO a\r\n"u8);
        Assert.True(await client.FlushAsync());
        await ReadAtLeastAsync(pair.Ours, 8);
        Assert.Equal("EHLO a\r\n"u8, pair.Ours.Buffered);
        pair.Ours.Consume(8);

        byte[] large = [.. Enumerable.Range(0, 60_000).Select(i => (byte)(i % 241))];
        Task<bool> flushing = pair.Ours.FlushAsync(large).AsTask();
        await ReadAtLeastAsync(client, large.Length);
        Assert.True(await flushing);
        Assert.True(client.Buffered.SequenceEqual(large));

        ValueTask<SmtpReadStatus> reading = pair.Ours.ReadMoreAsync();
        Task lingering = client.LingerAsync().AsTask();
        Assert.Equal(SmtpReadStatus.Closed, await reading);
        await pair.Ours.DisposeAsync();
        await lingering;
    }

    [Fact]
    public async Task A_failed_handshake_is_told_to_the_caller_and_ends_the_connection()
    {
        await using ConnectionPair pair = await ConnectionPair.OpenAsync();
        using X509Certificate2 certificate = NewCertificate();
        Task handshake = pair.Ours.StartTlsAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, CancellationToken.None);
        await pair.Peer.SendAsync("EHLO not.tls.at.all\r\n"u8.ToArray());

        await Assert.ThrowsAsync<AuthenticationException>(() => handshake);
        Assert.Equal(SmtpReadStatus.Closed, await pair.Ours.ReadMoreAsync());
    }

    [Fact]
    public async Task A_handshake_that_never_ends_is_ended_by_the_deadline()
    {
        await using ConnectionPair pair = await ConnectionPair.OpenAsync();
        using X509Certificate2 certificate = NewCertificate();
        pair.Ours.SetDeadline(TimeSpan.FromSeconds(60));
        Task handshake = pair.Ours.StartTlsAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, CancellationToken.None);
        pair.Time.Advance(TimeSpan.FromSeconds(62));

        AuthenticationException failure = await Assert.ThrowsAsync<AuthenticationException>(() => handshake);
        Assert.Contains("in time", failure.Message);
        Assert.Equal(SmtpReadStatus.TimedOut, await pair.Ours.ReadMoreAsync());
    }

    [Fact]
    public async Task Both_addresses_are_known()
    {
        await using ConnectionPair pair = await ConnectionPair.OpenAsync();
        Assert.Equal(pair.Peer.LocalEndPoint, pair.Ours.Remote);
        Assert.Equal(pair.Peer.RemoteEndPoint, pair.Ours.Local);
        Assert.Equal(IPAddress.Loopback, pair.Ours.Remote.Address);
    }

    private static async Task ReadAtLeastAsync(SmtpConnection connection, int count)
    {
        while (connection.Buffered.Length < count)
        {
            Assert.Equal(SmtpReadStatus.Ok, await connection.ReadMoreAsync());
        }
    }

    private static X509Certificate2 NewCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 made = new CertificateRequest("CN=test", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2099, 1, 1, 0, 0, 0, TimeSpan.Zero));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }
}
