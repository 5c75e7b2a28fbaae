// smtp-listener as directive, as block, and in its old form smtp-ip, which counts only where neither is written: one list for the builder and the checks.

using System.Net;

namespace Godwit.Settings;

/// <summary>One listener of the file, before its block of addresses is looked up on the machine.</summary>
/// <param name="SourceAt">Where the source is named; where the listener stands when it names none.</param>
internal sealed record WrittenListener(IPNetwork Addresses, int Port, string Source, ConfigPosition At, ConfigPosition SourceAt)
{
    private const int SmtpPort = 25;

    /// <summary>0.0.0.0 and 0/0 alike, or the same of IPv6.</summary>
    public bool IsEverywhere => Addresses.PrefixLength == 0 || Addresses.BaseAddress.Equals(IPAddress.Any) || Addresses.BaseAddress.Equals(IPAddress.IPv6Any);

    /// <summary>Where more is said about it; null for one that is a single line.</summary>
    public CheckedBlock? Block { get; init; }

    public bool IsSingle => !IsEverywhere && Addresses.PrefixLength == Addresses.BaseAddress.GetAddressBytes().Length * 8;

    /// <summary>As an operator would write it.</summary>
    public string Shown => IsEverywhere || IsSingle ? new IPEndPoint(Addresses.BaseAddress, Port).ToString() : $"{Addresses}:{Port}";

    /// <summary>Whether a connection to this address comes to this listener.</summary>
    public bool Takes(IPAddress address) => address.AddressFamily == Addresses.BaseAddress.AddressFamily && (IsEverywhere || Addresses.Contains(address));

    /// <param name="refuse">Hears of a block whose argument is no listener, and why.</param>
    public static List<WrittenListener> Of(CheckedBlock root, Action<CheckedBlock, string>? refuse = null)
    {
        var listeners = new List<WrittenListener>();
        foreach (CheckedDirective line in root.All("smtp-listener"))
        {
            if (line.Value is ListenerValue value)
            {
                listeners.Add(new WrittenListener(value.Addresses, value.Port, value.Source, line.ValueAt, line.ValueAt));
            }
        }

        var reading = new ValueReading("/");
        foreach (CheckedBlock block in root.BlocksOf(BlockKind.Listener))
        {
            if (!ValueParsers.Listener.TryRead(block.Argument, reading, out object? read) || read is not ListenerValue value)
            {
                refuse?.Invoke(block, reading.Fault);
                continue;
            }

            CheckedDirective? source = block.Last("source");
            listeners.Add(new WrittenListener(value.Addresses, value.Port, source?.Value as string ?? value.Source, block.ArgumentAt,
                source?.ValueAt ?? block.ArgumentAt) { Block = block });
        }

        return listeners.Count > 0 ? listeners : OldForm(root);
    }

    /// <summary><c>smtp-port</c>, the port where no smtp-listener says another.</summary>
    public static int OldPort(CheckedBlock root) => root.Last("smtp-port")?.Value is int port ? port : SmtpPort;

    private static List<WrittenListener> OldForm(CheckedBlock root)
    {
        int port = OldPort(root);
        var listeners = new List<WrittenListener>();
        foreach (CheckedDirective line in root.All("smtp-ip"))
        {
            if (line.Value is IPAddress address)
            {
                listeners.Add(new WrittenListener(new IPNetwork(address, address.GetAddressBytes().Length * 8), port, "", line.ValueAt, line.ValueAt));
            }
        }

        return listeners;
    }
}
