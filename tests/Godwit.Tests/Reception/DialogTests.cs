namespace Godwit.Tests.Reception;

public sealed class DialogTests
{
    public static TheoryData<string> Dialogs() =>
        new(Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Dialogs"), "*.smtp").Select(path => Path.GetFileNameWithoutExtension(path)).Order());

    [Theory]
    [MemberData(nameof(Dialogs))]
    public Task A_client_is_answered_as_written(string name) => new Dialog(Path.Combine(AppContext.BaseDirectory, "Dialogs", name + ".smtp")).RunAsync();
}
