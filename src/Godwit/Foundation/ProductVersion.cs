using System.Reflection;

namespace Godwit.Foundation;

/// <summary>The version of this program, as greetings, reports and <c>--version</c> say it.</summary>
public static class ProductVersion
{
    /// <summary>Major, minor and patch, without the build's revision.</summary>
    public static string Text { get; } = typeof(ProductVersion).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";

    /// <summary>The version with the source revision it was built from, when the build knew one.</summary>
    public static string Full { get; } =
        typeof(ProductVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? Text;

    /// <summary>When it was built, in UTC, as ./build says: <c>2026-11-28 10:15:00</c>; empty for a build that does not say.</summary>
    public static string BuildDate { get; } =
        typeof(ProductVersion).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(each => each.Key == "BuildDate")?.Value ?? "";
}
