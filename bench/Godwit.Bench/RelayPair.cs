// Two godwitd in a row: the first one sends to the second one what the load gives it, the second one to the sink. What passes between them is the same
// once in clear text and once over TLS, so the difference is what TLS costs both sides together.

namespace Godwit.Bench;

internal sealed class RelayPair : RelayServer
{
    private readonly RelayGodwit _front;
    private readonly RelayGodwit _back;

    private readonly RelayTap? _tap;

    private RelayPair(string name, RelayGodwit front, RelayGodwit back, RelayTap? tap)
    {
        Name = name;
        _front = front;
        _back = back;
        _tap = tap;
    }

    public override string Name { get; }

    public override int Port => _front.Port;

    /// <summary>Handshakes between the two so far, and how many of them were resumed; nothing where nobody listens.</summary>
    public (int Handshakes, int Resumed) Seen => _tap?.Seen ?? default;

    /// <param name="front">How the first one sends.</param>
    /// <param name="back">How the second one receives.</param>
    /// <param name="taps">Whether handshakes between the two are counted; that costs time, and none of theirs.</param>
    public static async Task<RelayPair> StartAsync(
        string name, RelaySettings settings, string directory, int sink, RelayVariant front, RelayVariant back, bool taps = false)
    {
        RelayGodwit second = await RelayGodwit.StartAsync(settings, Path.Combine(directory, "back"), sink, back);
        RelayTap? tap = taps ? new RelayTap(second.Port) : null;
        RelayGodwit first = await RelayGodwit.StartAsync(settings, Path.Combine(directory, "front"), tap?.Port ?? second.Port, front);
        return new RelayPair(name, first, second, tap);
    }

    public override CpuTime Cpu() => _front.Cpu() + _back.Cpu();

    public override double PeakMegabytes() => _front.PeakMegabytes() + _back.PeakMegabytes();

    public override void BeginRun()
    {
        _front.BeginRun();
        _back.BeginRun();
    }

    public override int Delivered(int sent) => Math.Min(_front.Delivered(sent), _back.Delivered(sent));

    public override IReadOnlyList<int> Processes() => [.. _front.Processes(), .. _back.Processes()];

    public override async Task StopAsync()
    {
        await _front.StopAsync();
        await _back.StopAsync();
        _tap?.Dispose();
    }
}
