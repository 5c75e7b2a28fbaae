// One configured name server: its open channels, and what experience says about it. Owned by NameServerList.
//
// Sockets are shared, not made per query: measured (DnsBench), a socket per query takes two and a half times the CPU. What sharing could
// lose in security is bought back: a few channels with random ports, one of them picked at random for each query, each soon replaced.
// A guesser must still hit a 16-bit id and the one right port of about 64,000, from the server's own address.

using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Godwit.Diagnostics;
using Godwit.Foundation;
using Microsoft.Extensions.Logging;

namespace Godwit.Dns;

/// <summary>Asks one server one question: UDP, without EDNS if it chokes on it, TCP when the answer does not fit. Thread safe.</summary>
/// <param name="onlyTcp">An operator wants to know what it says without UDP.</param>
/// <param name="trace">An operator wants to see the packets.</param>
internal sealed class NameServer(IPEndPoint endPoint, ServerClock clock, ILogger log, bool onlyTcp = false, PacketTrace? trace = null) : IDisposable
{
    /// <summary>Silences in a row that say "down": below it, it is more likely that the asked domain's own servers are slow.</summary>
    private const int SilencesUntilDown = 5;

    private const int Channels = 4;

    /// <summary>A down server is asked last for so long.</summary>
    private static readonly TimeSpan _downTime = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly UdpChannel?[] _channels = new UdpChannel?[Channels];
    private readonly CancellationTokenSource _stop = new();
    private int _silences;
    private long _downUntil;
    private bool _down;
    private bool _retired;

    public IPEndPoint EndPoint { get; } = endPoint;

    public bool IsDown(Instant now) => Volatile.Read(ref _downUntil) > now.Ticks;

    /// <summary>Asks once; each step may take <paramref name="timeout"/>. Never throws.</summary>
    public async Task<DnsExchange> AskAsync(DnsQuestion question, TimeSpan timeout)
    {
        if (onlyTcp)
        {
            return await TcpExchange.AskAsync(EndPoint, question, timeout, clock.Time, trace, _stop.Token);
        }

        DnsExchange exchange = await AskUdpAsync(question, edns: true, timeout);

        // Servers from before EDNS answer so (RFC 6891 section 7).
        if (exchange.Reply is { Rcode: DnsRcode.FormatError or DnsRcode.NotImplemented })
        {
            exchange = await AskUdpAsync(question, edns: false, timeout);
        }

        // Learned before TCP is tried: a server that lets only datagrams through is a poor one, but not down.
        Learn(exchange);
        if (exchange.Outcome == ExchangeOutcome.Suspicious)
        {
            log.DnsRepliesForged(question.ToString(), DnsAnswer.Describe(EndPoint));
        }

        if (exchange.Outcome == ExchangeOutcome.Suspicious || exchange.Reply is { IsTruncated: true })
        {
            exchange = await TcpExchange.AskAsync(EndPoint, question, timeout, clock.Time, trace, _stop.Token);
        }

        return exchange;
    }

    /// <summary>Takes no more questions; those on the wire may end.</summary>
    public void Retire()
    {
        lock (_gate)
        {
            _retired = true;
            foreach (UdpChannel? channel in _channels)
            {
                channel?.Retire();
            }
        }
    }

    /// <summary>Ends everything now.</summary>
    public void Dispose()
    {
        Retire();
        foreach (UdpChannel? channel in _channels)
        {
            channel?.Dispose();
        }

        _stop.Cancel();
    }

    private Task<DnsExchange> AskUdpAsync(in DnsQuestion question, bool edns, TimeSpan timeout)
    {
        // One draw from the system's generator gives both the id and the channel.
        Span<byte> random = stackalloc byte[3];
        RandomNumberGenerator.Fill(random);
        ushort id = BitConverter.ToUInt16(random);
        try
        {
            while (PickChannel(random[2] % Channels) is { } channel)
            {
                if (channel.TryAsk(question, id, edns, timeout, clock.Time, out Task<DnsExchange> answer))
                {
                    return answer;
                }
            }
        }
        catch (SocketException e)
        {
            // Once, not for each of the questions that fail while it lasts.
            if (!IsDown(clock.Now))
            {
                log.DnsSocketFailed(DnsAnswer.Describe(EndPoint), e.Message);
            }
        }

        return Task.FromResult(DnsExchange.Unreachable);
    }

    /// <summary>A channel that takes queries; null when this server is no longer wanted.</summary>
    private UdpChannel? PickChannel(int index)
    {
        Instant now = clock.Now;
        lock (_gate)
        {
            if (_retired)
            {
                return null;
            }

            UdpChannel? channel = _channels[index];
            if (channel is not null && !channel.IsWorn(now))
            {
                return channel;
            }

            // Forgotten before the next is opened: opening may throw.
            channel?.Retire();
            _channels[index] = null;
            return _channels[index] = UdpChannel.Open(EndPoint, now, trace);
        }
    }

    private void Learn(in DnsExchange exchange)
    {
        bool changed;
        bool down;
        lock (_gate)
        {
            if (exchange.Outcome == ExchangeOutcome.Answered)
            {
                _silences = 0;
                _downUntil = 0;
            }
            else if (exchange.Outcome == ExchangeOutcome.Unreachable || ++_silences >= SilencesUntilDown)
            {
                _downUntil = (clock.Now + _downTime).Ticks;
            }

            down = _downUntil != 0;
            changed = down != _down && !_retired;
            _down = down;
        }

        if (changed && down)
        {
            log.DnsServerDown(DnsAnswer.Describe(EndPoint), exchange.Trouble);
        }
        else if (changed)
        {
            log.DnsServerUp(DnsAnswer.Describe(EndPoint));
        }
    }
}
