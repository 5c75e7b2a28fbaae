// Loaded into a godwitd by DOTNET_STARTUP_HOOKS, which wants a type of this name in no namespace: breaks the process at a moment that a test chooses, from a
// thread on which nothing catches anything. Uses nothing but the runtime, for the libraries of the tests are not there.

#pragma warning disable CA1050, MA0047 // The runtime looks for it there.

/// <summary>Ends a process by an unhandled exception.</summary>
internal static class StartupHook
{
    /// <summary>Names the file whose coming ends the process.</summary>
    public const string Variable = "GODWIT_TEST_CRASH";

    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } file)
        {
            var watcher = new FileSystemWatcher(Path.GetDirectoryName(file)!, Path.GetFileName(file));
            new Thread(() => BreakAt(watcher)) { IsBackground = true }.Start();
        }
    }

    private static void BreakAt(FileSystemWatcher watcher)
    {
        watcher.WaitForChanged(WatcherChangeTypes.Created);
        throw new InvalidOperationException("an invariant was broken by the test");
    }
}
