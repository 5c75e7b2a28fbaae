// <virtual-mta> and <virtual-mta-pool>: the reference's 2.9. smtp-source-host and its relatives are in DirectiveTable.Global.cs.

using static Godwit.Settings.ValueParsers;

namespace Godwit.Settings;

internal static partial class DirectiveTable
{
    /// <summary>Before PowerMTA 4.5 an address and a host name stood here.</summary>
    private static ValueForm<string> ColdMember => new(
        "the name of a virtual MTA",
        (text, reading, out value) =>
        {
            value = text;
            return !text.Any(char.IsWhiteSpace)
                || reading.Fail($"{Show(text)} is the form from before version 4.5; define a <virtual-mta> with this address and name that one");
        });

    private static Directive[] VirtualMtaRows()
    {
        const BlockKind V = BlockKind.VirtualMta;
        const BlockKind P = BlockKind.Pool;
        return
        [
            Built(V, "host-name", Domain, nameof(VirtualMtaSettings.SourceHosts), "-",
                "Old form: the EHLO name of the smtp-source-ip beside it.") with { Replacement = "smtp-source-host" },
            Bound(V, "max-smtp-out", ConnectionsOrUnlimited, nameof(VirtualMtaSettings.MaxSmtpOut), "unlimited",
                "Connections of all its queues at once."),
            Bound(P, "max-smtp-out", ConnectionsOrUnlimited, nameof(PoolSettings.MaxSmtpOut), "unlimited", "Connections of all its members together."),
            Bound(V, "max-smtp-msg-rate", RateForm, nameof(VirtualMtaSettings.MaxSmtpMsgRate), "unlimited", "Recipients attempted by all its queues."),
            Bound(P, "max-smtp-msg-rate", RateForm, nameof(PoolSettings.MaxSmtpMsgRate), "unlimited", "Recipients attempted by all its members together."),
            Bound(V, "max-smtp-data-volume-rate", VolumeRate, nameof(VirtualMtaSettings.MaxSmtpDataVolumeRate), "unlimited", "Octets delivered by all its queues."),
            Bound(P, "max-smtp-data-volume-rate", VolumeRate, nameof(PoolSettings.MaxSmtpDataVolumeRate), "unlimited",
                "Octets delivered by all its members together."),
            Built(V | P, "cold-virtual-mta", ColdMember, nameof(VirtualMtaSettings.ColdVirtualMtas), "-",
                "Takes a share of the mail while it is warmed up.") with { Repeatable = true, Refers = BlockKind.VirtualMta },
            Later(V, "auto-cold-virtual-mta", SourceHosts, "-", "Old form.") with
            {
                Replacement = "a <virtual-mta> with this address as its smtp-source-host, and \"cold-virtual-mta NAME\" here",
            },
            Later(V | P, "rewrite-list", Name, "-", "Changes sender addresses.") with { Refers = BlockKind.RewriteList },
            Built(P, "virtual-mta", Name, nameof(PoolSettings.Members), "-", "A member; members are used in turn.") with { Repeatable = true },
        ];
    }
}
