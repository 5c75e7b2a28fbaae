// What the kernel knows of the machine's own clock.

using System.Runtime.InteropServices;

namespace Godwit.Foundation;

/// <summary>The machine's clock.</summary>
public static partial class MachineClock
{
    /// <summary>TIME_ERROR of adjtimex(2): no program has told the kernel lately that the clock is right.</summary>
    private const int Unsynchronized = 5;

    /// <summary>A struct timex has 208 octets where a long has eight, and less elsewhere.</summary>
    private const int MostOctets = 256;

    /// <summary>Whether a program such as chrony keeps it right. True where the system does not tell: nobody is warned for nothing.</summary>
    public static bool IsKept()
    {
        if (!OperatingSystem.IsLinux())
        {
            return true;
        }

        // All zero: its first member, modes, says that nothing is to be changed.
        Span<byte> look = stackalloc byte[MostOctets];
        look.Clear();
        return Adjust(ref MemoryMarshal.GetReference(look)) != Unsynchronized;
    }

    [LibraryImport("libc", EntryPoint = "adjtimex")]
    private static partial int Adjust(ref byte timex);
}
