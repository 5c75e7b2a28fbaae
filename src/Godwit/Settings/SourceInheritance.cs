// Which <source> blocks apply to a client: blocks of addresses from the shortest prefix to the longest, then the named one.
// Addresses are compared as 128-bit numbers with IPv4 in its mapped form (RFC 4291 section 2.5.5.2). Built once, then only read; thread safe.

using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Godwit.Settings;

/// <summary>Answers what applies to a client.</summary>
internal sealed class SourceInheritance
{
    private readonly InheritanceTree<SourceSettings> _tree = new(new SourceSettings(), static (below, overlay) => below with { Name = overlay.Label });
    private readonly Dictionary<(int Length, UInt128 Prefix), SettingOverlay> _networks = [];
    private readonly Dictionary<string, SettingOverlay> _names = new(StringComparer.OrdinalIgnoreCase);
    private int[] _lengths = [];

    public IEnumerable<string> Names => _names.Keys;

    public void Add(IPNetwork network, CheckedBlock block, CheckedBlock root)
    {
        (int length, UInt128 prefix) = Key(network);
        _networks[(length, prefix)] = SettingOverlay.Lay(_networks.GetValueOrDefault((length, prefix)), block, root);
        if (!_lengths.Contains(length))
        {
            _lengths = [.. _lengths.Append(length).Order()];
        }
    }

    public void Add(string name, CheckedBlock block, CheckedBlock root) => _names[name] = SettingOverlay.Lay(_names.GetValueOrDefault(name), block, root);

    public SourceSettings For(IPAddress? client, string name)
    {
        InheritanceTree<SourceSettings>.Node node = _tree.Root;
        if (client is not null)
        {
            UInt128 address = Number(client);
            foreach (int length in _lengths)
            {
                if (_networks.TryGetValue((length, Prefix(address, length)), out SettingOverlay? overlay))
                {
                    node = _tree.Step(node, overlay);
                }
            }
        }

        if (name.Length > 0 && _names.TryGetValue(name, out SettingOverlay? named))
        {
            node = _tree.Step(node, named);
        }

        return node.Settings;
    }

    /// <summary>Every block that applies, the general before the specific.</summary>
    public IEnumerable<SaidBlock> Said(IPAddress? client, string name)
    {
        var overlays = new List<SettingOverlay?>();
        if (client is not null)
        {
            UInt128 address = Number(client);
            overlays.AddRange(_lengths.Select(length => _networks.GetValueOrDefault((length, Prefix(address, length)))));
        }

        overlays.Add(_names.GetValueOrDefault(name));
        return overlays.SelectMany(overlay => overlay?.Said ?? []);
    }

    /// <summary><c>0/0</c> is everyone: an operator who closes it means IPv6 clients too.</summary>
    private static (int Length, UInt128 Prefix) Key(IPNetwork network)
    {
        bool fourth = network.BaseAddress.AddressFamily == AddressFamily.InterNetwork;
        int length = fourth && network.PrefixLength > 0 ? network.PrefixLength + 96 : network.PrefixLength;
        return (length, Prefix(Number(network.BaseAddress), length));
    }

    private static UInt128 Prefix(UInt128 address, int length) => length == 0 ? 0 : address & (UInt128.MaxValue << (128 - length));

    private static UInt128 Number(IPAddress address)
    {
        Span<byte> octets = stackalloc byte[16];
        address.TryWriteBytes(octets, out int count);
        return count == 4 ? ((UInt128)0xffff << 32) | BinaryPrimitives.ReadUInt32BigEndian(octets) : BinaryPrimitives.ReadUInt128BigEndian(octets);
    }
}
