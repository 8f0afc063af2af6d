using Microsoft.Extensions.Logging.Abstractions;

namespace NnService.Api.Tests.Damage;

/// <summary>What is noted to be damaged, and about what.</summary>
public sealed class DamageNoteTests
{
    [Fact]
    public void The_last_failure_of_something_stands_for_those_before_it()
    {
        var damage = new Errors.Damage(NullLogger<Errors.Damage>.Instance);
        damage.Note("Another thing is damaged.", "another");

        damage.Replace("It cannot be reached.", "it");
        damage.Replace("It refuses.", "it");

        Assert.Equal(["Another thing is damaged.", "It refuses."], damage.Found);
        damage.Deleted("it");
        Assert.Equal(["Another thing is damaged."], damage.Found);
    }

    [Fact]
    public void What_was_noted_goes_with_what_it_is_about_and_not_with_another_of_its_name()
    {
        var damage = new Errors.Damage(NullLogger<Errors.Damage>.Instance);
        damage.Note("Version 1 of a is damaged.", "model a/1");
        damage.Note("Version 2 of a is damaged.", "model a/2");
        damage.Note("Version 1 of ab is damaged.", "model ab/3");
        damage.Note("Version 1 of a is damaged.", "model a/4"); // another one, of the same name

        Assert.Equal(["a/2", "a/4", "ab/3"], damage.Which("model").Order());
        damage.Deleted("model a/1");
        Assert.Equal(3, damage.Found.Count);
        damage.Deleted("model a");
        Assert.Equal(["Version 1 of ab is damaged."], damage.Found);
    }
}
