// Two doors in one place. The same address and port twice is an error of the builder; here are the pairs that only the system refuses, at start.

using System.Net;

namespace Godwit.Settings;

/// <summary>Ports that two listeners want.</summary>
internal static class ListenerLint
{
    public static void Check(CheckedBlock root, ServerSettings? settings, ConfigSurroundings surroundings, ProblemList problems)
    {
        List<WrittenListener> listeners = WrittenListener.Of(root);
        foreach (WrittenListener one in listeners.Where(l => l.IsEverywhere && l.Port != 0))
        {
            foreach (WrittenListener other in listeners.Where(l => l.Port == one.Port && !l.IsEverywhere && one.Takes(l.Addresses.BaseAddress)))
            {
                problems.Warn(other.At, $"port {other.Port} is taken on every address by {one.Shown} of line {one.At.Line}, "
                    + "so this listener cannot be opened beside it; remove one of them");
            }
        }

        if (settings is not null)
        {
            foreach (WrittenListener listener in listeners.Where(l => l.Port != 0))
            {
                CheckOwnPorts(listener, settings, problems);
            }
        }
    }

    /// <summary>The management port and the built-in receiver open ports of their own.</summary>
    private static void CheckOwnPorts(WrittenListener listener, ServerSettings settings, ProblemList problems)
    {
        if (listener.Port == settings.HttpManagementPort && (settings.HttpListensEverywhere || listener.Takes(IPAddress.Loopback)))
        {
            problems.Warn(listener.At, $"port {listener.Port} is the management port too; choose another, here or with http-mgmt-port");
        }

        if (settings.DummyReceiver is { } dummy && dummy.EndPoint.Port == listener.Port
            && (listener.Takes(dummy.EndPoint.Address) || dummy.EndPoint.Address.Equals(IPAddress.Any)))
        {
            problems.Warn(listener.At, $"port {listener.Port} is the built-in receiver's too; choose another, here or with dummy-smtp-port");
        }
    }
}
